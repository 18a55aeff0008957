import { aptSources, mirrorsOf, slimSuiteOf } from "../../bootstrap/debian-sources";

describe("Debian sources", () => {
    test("deb822 sources name the mirrors; comments and other archives do not", () => {
        const sources = [
            "deb https://packages.example.org/apt cloud-sdk main\n",
            "Types: deb\n# http://snapshot.example.org/archive/debian\nURIs: http://mirror.example.org/debian/\nSuites: bookworm\n",
            "Types: deb\nURIs: http://mirror.example.org/debian-security\nSuites: bookworm-security\n",
        ];
        expect(mirrorsOf(sources)).toEqual({
            main: "http://mirror.example.org/debian",
            security: "http://mirror.example.org/debian-security",
        });
    });

    test("one-line sources with options are read, and the security archive is beside the main one", () => {
        expect(mirrorsOf(["deb [arch=amd64 signed-by=/k.gpg] https://m.example.org/debian bookworm main\n"])).toEqual({
            main: "https://m.example.org/debian",
            security: "https://m.example.org/debian-security",
        });
    });

    test("a machine without Debian sources names no mirror", () =>
        expect(mirrorsOf(["deb http://archive.example.org/ubuntu noble main\n"])).toBeUndefined());

    test("an image gets main, updates and security", () => {
        const text = aptSources({ main: "http://m/debian", security: "http://m/debian-security" }, "bookworm");
        expect(text).toContain("URIs: http://m/debian\nSuites: bookworm bookworm-updates\n");
        expect(text).toContain("URIs: http://m/debian-security\nSuites: bookworm-security\n");
    });

    test.each([
        ["debian:bookworm-slim", "bookworm"],
        ["mirror.example.org/library/debian:trixie-slim", "trixie"],
        ["debian:bookworm", undefined],
        ["python:3.12-slim", undefined],
    ])("%s is a slim image of %s", (reference, suite) => expect(slimSuiteOf(reference)).toBe(suite));
});
