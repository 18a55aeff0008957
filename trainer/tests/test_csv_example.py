"""The worked example, on the file that comes with it and on files that are wrong."""

from collections.abc import Callable
from pathlib import Path

import joblib
import pytest
from gateways import RealGateway
from test_metrics import CONTRACT
from trainer_process import ROOT, TrainerProcess

Launch = Callable[..., TrainerProcess]

EXAMPLE = ROOT.parent / "examples" / "csv"
FLOWERS = EXAMPLE / "flowers.csv"
ROWS = "".join(f"{number},{number % 3},{'ab'[number % 2]}\n" for number in range(20))


def example(*options: object) -> str:
    """What runs in the place of the trainer."""
    arguments = ["train.py", *map(str, options)]
    return f"import runpy, sys; sys.argv = {arguments}; runpy.run_path({str(EXAMPLE / 'train.py')!r}, None, '__main__')"


def test_learns_the_file_that_comes_with_it(gateway: RealGateway, launch: Launch) -> None:
    told = {"PUSHGATEWAY_URL": gateway.url, "NOMAD_ALLOC_ID": "run-1", "TRAINING_MODEL": "forest"}
    script = launch({**told, "TRAINING_EPOCHS": "4"}, code=example("--csv", FLOWERS, "--label", "species"))
    assert script.wait() == 0, script.stderr
    assert script.stderr == ""
    assert len(script.stdout.splitlines()) == 4
    assert {name for name, _, _ in gateway.samples()} == CONTRACT
    values = gateway.groups()["run-1"]
    assert (values["training_status"], values["training_epoch"], values["training_epochs"]) == (1, 4, 4)
    assert values["training_validation_accuracy"] > 0.8
    assert sorted(path.name for path in script.artifacts.iterdir()) == ["metrics.json", "model.joblib"]
    assert joblib.load(script.artifacts / "model.joblib").predict([[20.0, 8.0, 320.0, 6.0]]) == ["marsh bell"]


def test_the_same_seed_gives_the_same_result(launch: Launch) -> None:
    runs = [launch({"TRAINING_SEED": seed}, code=example("--csv", FLOWERS)) for seed in ("1", "1", "2")]
    assert [run.wait() for run in runs] == [0, 0, 0]
    first, again, other = (run.report["final"]["validation_loss"] for run in runs)
    assert first == again != other


@pytest.mark.parametrize(
    ("text", "label", "said"),
    [
        (None, "kind", "cannot be read: No such file or directory."),
        ("", "kind", "has no rows"),
        ("x,y,kind\n", "kind", "has no rows"),
        (f"x,y,kind\n{ROWS}", "colour", 'has no column "colour": its columns are x, y, kind.'),
        (f"x,kind,kind\n{ROWS}", "kind", 'has more than one column "kind"'),
        (f"x,y,kind\n{ROWS}1,red,a\n", "kind", 'line 22, column y: "red" is no number'),
        (f"x,y,kind\n{ROWS}1,,a\n", "kind", 'line 22, column y: "" is no number'),
        (f"x,y,kind\n{ROWS}nan,2,a\n", "kind", 'line 22, column x: "nan" is no number'),
        (f"x,y,kind\n{ROWS}1,2\n", "kind", "line 22: 2 cells, but 3 columns."),
        (f"x,y,kind\n{ROWS}1,2,c\n", "kind", 'the kind "c" has 1 of the 5 rows'),
        ("x,kind\n1,a\n2,a\n", "kind", 'every row has the kind "a"'),
        ("kind\na\nb\n", "kind", "has one column only"),
        (b"x,kind\n1,\xff\n", "kind", "is no CSV file in UTF-8"),
    ],
)
def test_a_wrong_file_is_one_sentence_and_exit_code_2(
    launch: Launch, tmp_path: Path, text: str | bytes | None, label: str, said: str
) -> None:
    table = tmp_path / "table.csv"
    if text is not None:
        table.write_bytes(text if isinstance(text, bytes) else text.encode())
    script = launch({}, code=example("--csv", table, "--label", label))
    assert script.wait() == 2
    assert script.stderr.startswith(f"{table}")
    assert said in script.stderr
    assert script.stderr.count("\n") == 1
    assert script.report["reason"] == script.stderr.strip()
