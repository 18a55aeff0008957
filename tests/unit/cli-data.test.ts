import { itemLine } from "../../cli/data";
import { itemsIn, nameOf, pathInData } from "../../cli/data-names";

describe("the name of what is put into the data volume", () => {
    test.each([
        ["/somewhere/iris.csv", "iris.csv"],
        ["/a b/Ä & b?.csv", "Ä & b?.csv"],
        ["/x/-rf", "-rf"],
    ])("%s: %s", (path, name) => {
        expect(nameOf(path)).toBe(name);
    });

    test.each([
        ["/", "is empty"],
        ["/x/.hidden", "starts with a dot"],
        ["/x/a\nb", "has characters that cannot be shown"],
    ])("%j: refused, because it %s", (path, problem) => {
        expect(() => nameOf(path)).toThrow(`its name ${problem}.`);
    });
});

describe("a path in the data volume", () => {
    test.each([
        ["iris.csv", "iris.csv"],
        ["faces/", "faces"],
        ["faces/of two/a.png", "faces/of two/a.png"],
        ["/data/iris.csv", "iris.csv"],
        ["..hidden", "..hidden"],
    ])("%s: %s", (wanted, path) => {
        expect(pathInData(wanted)).toBe(path);
    });

    test.each(["", "/", ".", "..", "../x", "a/../../x", "a//b", "/etc/passwd", "/data/../x", "/data", "a\u001bb"])(
        "%j: refused",
        (wanted) => {
            expect(() => pathInData(wanted)).toThrow(/ names nothing in the data volume: /);
        },
    );
});

test("what is listed is summed up for each item on top, by name", () => {
    const printed = [
        "directory|4096|100|./faces",
        "directory|4096|300|./faces/b",
        "regular file|20|200|./faces/b/c|d",
        "regular empty file|0|150|./faces/a",
        "regular file|1500|90|./iris.csv",
        "directory|4096|80|./empty",
        "",
    ].join("\n");
    const items = itemsIn(printed);
    expect(items).toEqual([
        { name: "empty", isFolder: true, files: 0, size: 0, changedAt: 80_000 },
        { name: "faces", isFolder: true, files: 2, size: 20, changedAt: 300_000 },
        { name: "iris.csv", isFolder: false, files: 1, size: 1500, changedAt: 90_000 },
    ]);
    expect(items.map((item) => itemLine(item, 14))).toEqual([
        "/data/empty/    1970-01-01 00:01 UTC  0 files, 0 B",
        "/data/faces/    1970-01-01 00:05 UTC  2 files, 20 B",
        "/data/iris.csv  1970-01-01 00:01 UTC  1.5 kB",
    ]);
    expect(itemsIn("")).toEqual([]);
});
