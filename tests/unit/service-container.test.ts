import { duration } from "../../components/service-container";

test.each([
    [5, "5s"],
    [60, "1m0s"],
    [125, "2m5s"],
    [3600, "1h0m0s"],
    [3661, "1h1m1s"],
])("%d seconds are written %s, as Go writes them", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
});
