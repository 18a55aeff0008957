"""A script that reports itself: what the platform sees of it, however it ends."""

import json
import signal
from collections.abc import Callable

import pytest
from eventually import eventually
from gateways import HangingGateway, RealGateway
from test_metrics import CONTRACT
from trainer_process import TrainerProcess

Launch = Callable[..., TrainerProcess]

# Three epochs of which the script knows everything.
SCRIPT = """
from mlops_trainer import reporting
with reporting.run(epochs=3) as run:
    for number in range(1, 4):
        run.epoch(loss=1 / number, accuracy=0.5, validation_loss=2, validation_accuracy=0.25, samples_per_second=99.5)
    (run.artifacts / "model.txt").write_text(run.parameters["learning_rate"])
"""
# One that goes on until something ends it, but for what is put in the place of BODY.
ENDLESS = """
import os, sys, time
from mlops_trainer import reporting
with reporting.run(epochs=9) as run:
    run.epoch(loss=1)
    BODY
    while True:
        time.sleep(60)
"""


def told(gateway: RealGateway | HangingGateway, **settings: str) -> dict[str, str]:
    return {
        "PUSHGATEWAY_URL": gateway.url,
        "NOMAD_ALLOC_ID": "run-1",
        "TRAINING_MODEL": "forest",
        "TRAINING_EXPERIMENT": "csv",
        "TRAINING_LEARNING_RATE": "0.5",
        "TRAINING_SEED": "",
        **settings,
    }


def test_three_lines_tell_the_whole_contract(gateway: RealGateway, launch: Launch) -> None:
    script = launch(told(gateway), code=SCRIPT)
    assert script.wait() == 0, script.stderr
    assert script.stderr == ""
    assert script.stdout.splitlines()[0] == (
        "epoch 1/3 loss 1.0000 accuracy 0.5000 validation_loss 2.0000 validation_accuracy 0.2500 samples/s 100"
    )
    samples = gateway.samples()
    assert {name for name, _, _ in samples} == CONTRACT
    key = {"job": "ml-training", "model": "forest", "experiment": "csv", "run_id": "run-1", "instance": ""}
    assert all(labels == key for _, labels, _ in samples)
    values = gateway.groups()["run-1"]
    assert (values["training_status"], values["training_epoch"], values["training_epochs"]) == (1, 3, 3)
    assert values["training_loss"] == pytest.approx(1 / 3)

    report = script.report
    assert (report["run_id"], report["model"], report["experiment"]) == ("run-1", "forest", "csv")
    assert (report["status"], report["reason"]) == ("succeeded", None)
    assert report["parameters"] == {"epochs": 3, "learning_rate": "0.5"}
    assert [epoch["epoch"] for epoch in report["history"]] == [1, 2, 3]
    assert report["final"] == report["history"][-1]
    assert (script.artifacts / "model.txt").read_text() == "0.5"


def test_it_loads_nothing_heavy(launch: Launch) -> None:
    heavy = "[name for name in ('numpy', 'sklearn', 'joblib', 'pygal') if name in sys.modules]"
    script = launch({"TRAINING_LEARNING_RATE": "1"}, code=f"{SCRIPT}\nimport sys; print({heavy})")
    assert script.wait() == 0, script.stderr
    assert script.stdout.splitlines()[-1] == "[]"


def test_what_raises_passes_and_the_run_has_failed(gateway: RealGateway, launch: Launch) -> None:
    script = launch(told(gateway), code=ENDLESS.replace("BODY", "raise RuntimeError('out of ideas')"))
    assert script.wait() == 1
    sentence = "Training failed after 1 epochs: RuntimeError: out of ideas"
    lines = script.stderr.splitlines()
    assert (lines[0], lines[-1]) == (sentence, "RuntimeError: out of ideas")
    values = gateway.groups()["run-1"]
    assert values["training_status"] == 2
    assert values["training_finished_timestamp_seconds"] >= values["training_started_timestamp_seconds"]
    assert (script.report["status"], script.report["reason"]) == ("failed", sentence)


@pytest.mark.parametrize(
    ("body", "exit_code", "said", "reason"),
    [
        ("raise reporting.SettingsError('No such file.')", 2, "No such file.\n", "No such file."),
        ("raise reporting.TrainingError('It diverged.')", 1, "It diverged.\n", "It diverged."),
        ("sys.exit(7)", 7, "", "Training ended with exit code 7 after 1 epochs."),
        ("sys.exit('Enough.')", 1, "Enough.\n", "Enough."),
    ],
)
def test_ends_on_purpose_without_a_stack(
    gateway: RealGateway, launch: Launch, body: str, exit_code: int, said: str, reason: str
) -> None:
    script = launch(told(gateway), code=ENDLESS.replace("BODY", body))
    assert (script.wait(), script.stderr) == (exit_code, said)
    assert gateway.groups()["run-1"]["training_status"] == 2
    assert script.report["reason"] == reason


def test_exit_0_within_the_block_is_a_success(gateway: RealGateway, launch: Launch) -> None:
    script = launch(told(gateway), code=ENDLESS.replace("BODY", "sys.exit()"))
    assert script.wait() == 0
    assert gateway.groups()["run-1"]["training_status"] == 1


@pytest.mark.parametrize(("signum", "exit_code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stop_passes_every_except_exception(
    gateway: RealGateway, launch: Launch, signum: signal.Signals, exit_code: int
) -> None:
    body = "try: time.sleep(60)\n    except Exception: pass"
    script = launch(told(gateway), code=ENDLESS.replace("BODY", body))
    eventually(lambda: script.stdout, "the first epoch")
    script.send(signum)
    assert script.wait() == exit_code
    assert script.stderr == f"Training was stopped by {signum.name}.\n"
    assert gateway.groups()["run-1"]["training_status"] == 2


def test_signals_belong_to_the_script_again_after_the_run(launch: Launch) -> None:
    before = "import signal; before = {s: signal.getsignal(s) for s in (signal.SIGTERM, signal.SIGINT)}"
    after = "print(*(signal.getsignal(signum) == handler for signum, handler in before.items()))"
    script = launch({"TRAINING_LEARNING_RATE": "1"}, code=f"{before}\n{SCRIPT}\n{after}")
    assert script.wait() == 0
    assert script.stdout.splitlines()[-1] == "True True"


# What a pool does with its workers: they are copies of the run, and are ended by SIGTERM or leave the block.
@pytest.mark.parametrize("body", ["time.sleep(60)", "raise SystemExit(0)"])
def test_a_forked_worker_does_not_end_the_run(gateway: RealGateway, launch: Launch, body: str) -> None:
    # The parent waits until the child runs: Python forgets a signal that comes while it forks.
    fork = f"""ready, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(tell, b"forked")
        {body}
        os._exit(99)
    import signal
    os.read(ready, 6)
    if "sleep" in {body!r}:
        os.kill(child, signal.SIGTERM)
    print("child", os.waitpid(child, 0)[1], run.artifacts.joinpath("metrics.json").exists(), flush=True)
    sys.exit(0)"""
    script = launch(told(gateway), code=ENDLESS.replace("BODY", fork))
    assert script.wait() == 0, script.stderr
    assert f"child {signal.SIGTERM.value if 'sleep' in body else 0} False" in script.stdout
    assert gateway.groups()["run-1"]["training_status"] == 1
    assert script.stderr == ""


def test_what_is_no_number_is_left_out_and_said_once(gateway: RealGateway, launch: Launch) -> None:
    body = "run.epoch(loss=float('nan'), accuracy='high')\n    run.epoch(accuracy=[])\n    sys.exit(0)"
    script = launch(told(gateway), code=ENDLESS.replace("BODY", body))
    assert script.wait() == 0
    assert script.stderr == "accuracy is 'high', which is no number: it is left out.\n"
    assert script.stdout.splitlines() == ["epoch 1/9 loss 1.0000", "epoch 2/9 loss nan", "epoch 3/9"]
    assert script.report["history"] == [{"epoch": 1, "loss": 1}, {"epoch": 2, "loss": None}, {"epoch": 3}]


def test_a_gateway_that_hangs_or_is_not_there_changes_nothing(hanging_gateway: HangingGateway, launch: Launch) -> None:
    script = launch(told(hanging_gateway), code=SCRIPT)
    assert script.wait() == 0
    assert script.report["status"] == "succeeded"
    alone = launch({"TRAINING_LEARNING_RATE": "1"}, code=SCRIPT)
    assert (alone.wait(), alone.stderr) == (0, "")


def test_a_wrong_setting_is_one_sentence_before_anything_starts(launch: Launch) -> None:
    script = launch({"TRAINING_EXPERIMENT": "a/b"}, code=SCRIPT)
    assert script.wait() == 2
    assert script.stderr.startswith('TRAINING_EXPERIMENT is "a/b", which is not allowed: use 1 to 64 letters')
    assert script.stderr.count("\n") == 1


def test_artifacts_that_cannot_be_written_fail_before_the_training(gateway: RealGateway, launch: Launch) -> None:
    script = launch(told(gateway, TRAINING_ARTIFACTS_DIR="/dev/null/artifacts"), code=SCRIPT)
    assert script.wait() == 1
    assert 'TRAINING_ARTIFACTS_DIR is "/dev/null/artifacts", which cannot be written to' in script.stderr
    assert "Traceback" not in script.stderr
    assert script.stdout == ""
    assert gateway.groups()["run-1"]["training_status"] == 2


def test_without_epochs_the_environment_plans(launch: Launch) -> None:
    show = "from mlops_trainer import reporting\nwith reporting.run() as run: print(run.epochs, dict(run.parameters))"
    script = launch({"TRAINING_EPOCHS": "12"}, code=show)
    assert script.wait() == 0, script.stderr
    epochs, parameters = script.stdout.strip().split(" ", 1)
    assert epochs == "12"
    assert json.loads(parameters.replace("'", '"')) == {"artifacts_dir": str(script.artifacts), "epochs": "12"}
