import { spawn } from "node:child_process";
import { CONTAINER_LIMITS, LoadTask } from "./job-load";

/**
 * Runs the same command in the same image with the same limits by plain `docker run`, which removes the container again.
 *
 * @returns milliseconds from the first start to the last end.
 */
export async function dockerLoop(task: LoadTask, count: number, atOnce: number, signal: AbortSignal): Promise<number> {
    const started = Date.now();
    let left = count;
    const worker = async () => {
        while (left > 0) {
            left -= 1;
            signal.throwIfAborted();
            await dockerRun(task);
        }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return Date.now() - started;
}

function dockerRun({ image, command, cpuMhz, memoryMiB, network, volumes, user }: LoadTask): Promise<void> {
    const limits = ["--cpu-shares", String(cpuMhz), "--memory", `${memoryMiB}m`, "--user", user];
    const mounts = volumes.flatMap((volume) => ["--volume", volume]);
    const args = ["run", "--rm", "--network", network, ...limits, ...CONTAINER_LIMITS, ...mounts];
    const child = spawn("docker", [...args, "--entrypoint", command, image], {
        stdio: ["ignore", "ignore", "inherit"],
    });
    return new Promise((resolve, reject) => {
        child.on("error", reject);
        child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`docker run ended with ${code}`))));
    });
}
