"""What is loaded where: a replica must start quickly, a client must stay light."""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def load(module):
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, module], capture_output=True, text=True, check=True
    )
    return set(json.loads(run.stdout.splitlines()[-1]))


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("module", "banned"),
    [
        # Ray Serve itself loads pandas.
        (
            "serve_app.predict_app",
            {"torch", "torchvision", "timm", "mlflow", "matplotlib", "scipy"},
        ),
        ("serve_app.parts", {"ray", "torch", "mlflow", "pandas", "matplotlib", "scipy"}),
        ("serve_app.control_api", {"ray", "torch", "mlflow", "pandas", "pyarrow", "scipy"}),
        ("serve_app.peers.bare_app", {"ray", "torch", "mlflow", "pandas"}),
        ("serve_app.client", {"ray", "torch", "mlflow", "fastapi", "models", "cluster", "numpy"}),
        ("serve_app.schemas", {"ray", "fastapi", "models", "cluster", "numpy", "PIL", "httpx2"}),
        ("serve_app.__main__", {"ray", "torch", "mlflow", "fastapi", "onnxruntime"}),
    ],
)
def test_a_module_loads_nothing_that_it_should_not(module, banned):
    assert load(module) & banned == set()
