"""How much a Pushgateway that does not answer slows a training down.

Runs the trainer in turn with a Pushgateway that answers and with one that is gone, and prints the seconds each training
took by its own metrics.json. Needs PUSHGATEWAY_BINARY and the trainer's virtual environment:

    PUSHGATEWAY_BINARY=... trainer/.venv/bin/python bench/pushgateway_outage.py
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PAIRS = 5
EPOCHS = 25
TRAINER = Path(__file__).resolve().parent.parent / "trainer"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def train(gateway: str) -> float:
    """Trains once and returns the seconds between start and finish of the training itself."""
    with tempfile.TemporaryDirectory() as artifacts:
        environment = os.environ | {
            "PUSHGATEWAY_URL": gateway,
            "TRAINING_EPOCHS": str(EPOCHS),
            "TRAINING_BATCH_SIZE": "32",
            "TRAINING_LEARNING_RATE": "0.00002",
            "TRAINING_HIDDEN_LAYERS": "1024,512,256",
            "TRAINING_ARTIFACTS_DIR": artifacts,
            "METRICS_PORT": "0",
        }
        command = [sys.executable, "-m", "mlops_trainer"]
        subprocess.run(command, cwd=TRAINER, env=environment, check=True, stdout=subprocess.DEVNULL)
        history = json.loads((Path(artifacts) / "metrics.json").read_text())["history"]
        return sum(TRAINING_SAMPLES / epoch["samples_per_second"] for epoch in history)


# Digits has 1797 samples, a fifth of which is held out.
TRAINING_SAMPLES = 1437


def main() -> None:
    port = free_port()
    address = f"127.0.0.1:{port}"
    gateway = subprocess.Popen(
        [os.environ["PUSHGATEWAY_BINARY"], f"--web.listen-address={address}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    gone = f"http://127.0.0.1:{free_port()}"
    try:
        train(f"http://{address}")
        pairs = [(train(f"http://{address}"), train(gone)) for _ in range(PAIRS)]
    finally:
        gateway.terminate()
        gateway.wait()
    print("answers [s]  gone [s]  ratio")
    for answers, away in pairs:
        print(f"{answers:11.2f}  {away:8.2f}  {away / answers:5.3f}")
    print(f"median ratio {statistics.median(away / answers for answers, away in pairs):.3f}")


if __name__ == "__main__":
    main()
