"""What both models take for what, as a picture and as a sentence."""

from gui.retrain.mix_ups import draw_mix_ups, say_mix_ups
from gui.retrain.values import ClassLine, Confusion, Verdict

HEALTHY, BLIGHT, GRAPE = "tomato__healthy", "tomato__late_blight", "grape__healthy"
VERDICT = Verdict(
    is_promoted=False,
    classes=tuple(
        ClassLine(
            class_name=name,
            num_samples=10,
            champion=champion,
            challenger=challenger,
            is_worse=False,
        )
        for name, champion, challenger in (
            (GRAPE, 1.0, 1.0),
            (HEALTHY, 0.7, 0.9),
            (BLIGHT, 1.0, 0.9),
        )
    ),
)
MIXED = (
    Confusion(class_name=HEALTHY, answer=BLIGHT, champion=3, challenger=1),
    Confusion(class_name=BLIGHT, answer=HEALTHY, champion=0, challenger=1),
)


def test_both_models_are_drawn_on_the_classes_that_either_mixes_up():
    before = draw_mix_ups(VERDICT, MIXED, is_champion=True)
    after = draw_mix_ups(VERDICT, MIXED, is_champion=False)
    assert before is not None
    assert after is not None
    assert before.names == after.names == ("Tomato, healthy", "Tomato: late blight")
    assert before.counts == ((7, 3), (0, 10))
    assert after.counts == ((9, 1), (1, 9))


def test_an_answer_that_no_photograph_shows_has_a_column_too():
    mixed = (Confusion(class_name=HEALTHY, answer="apple__healthy", champion=1, challenger=0),)
    drawn = draw_mix_ups(VERDICT, mixed, is_champion=True)
    assert drawn is not None
    assert drawn.names == ("Tomato, healthy", "Apple, healthy")
    assert drawn.counts == ((7, 1), (0, 0))


def test_without_a_mistake_there_is_nothing_to_draw():
    assert draw_mix_ups(VERDICT, (), is_champion=True) is None
    assert say_mix_ups(VERDICT, ()) == (
        "Of 30 photographs to judge by the new model mixes up 0, as many as the present one."
    )


def test_the_sentence_names_where_they_differ_most():
    assert say_mix_ups(VERDICT, MIXED) == (
        "Of 30 photographs to judge by the new model mixes up 2, the present one 3. They differ "
        "most where Tomato, healthy is taken for Tomato: late blight: once by the new model, "
        "3 times by the present one."
    )


def test_an_equal_number_of_other_mistakes_is_said():
    mixed = (
        Confusion(class_name=HEALTHY, answer=BLIGHT, champion=1, challenger=1),
        Confusion(class_name=BLIGHT, answer=HEALTHY, champion=2, challenger=2),
    )
    assert say_mix_ups(VERDICT, mixed).endswith("mixes up 3, as many as the present one.")
