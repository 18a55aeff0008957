import { formatDuration, parseDuration } from "../../../../bootstrap/plugins/docker/duration";

test.each([
    ["0s", 0, "0s"],
    ["500ms", 5e8, "500ms"],
    ["1s", 1e9, "1s"],
    ["1.5s", 1.5e9, "1.5s"],
    ["60s", 6e10, "1m0s"],
    ["90s", 9e10, "1m30s"],
    ["1h", 3.6e12, "1h0m0s"],
    ["1h2m3s", 3.723e12, "1h2m3s"],
    ["10us", 1e4, "10µs"],
])("%s is %d ns and is written %s, as Go does", (text, nanoseconds, written) => {
    expect(parseDuration(text)).toBe(nanoseconds);
    expect(formatDuration(nanoseconds)).toBe(written);
});

test.each(["", "5", "s", "1d", "1s2", " 1s", "-1s"])("%j is no duration", (text) => {
    expect(parseDuration(text)).toBeUndefined();
});
