import { groupNumber } from "../../components/nomad-client";

test.each([
    ["999", "999"],
    ["998\n", "998"],
    ["\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0002 0\n", "0"],
])("the group in %j is %s", (printed, group) => {
    expect(groupNumber(printed)).toBe(group);
});

test("no group is told with what was printed instead", () => {
    expect(() => groupNumber("stat: no such file")).toThrow('printed "stat: no such file"');
});
