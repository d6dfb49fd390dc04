"""What must not be installed beside Ray, because every process of Ray would pay for it."""

import importlib.util


def test_no_grammar_is_built_whenever_ray_is_imported() -> None:
    # jsonschema takes it up where it finds it: `import ray` took 2.1 s with it and 0.4 s without.
    assert importlib.util.find_spec("rfc3987_syntax") is None
