import { uuidOf } from "../../components/generated-token";

test.each([
    ["0123456789abcdef0123456789abcdef", "01234567-89ab-4def-8123-456789abcdef"],
    ["ffffffffffffffffffffffffffffffff", "ffffffff-ffff-4fff-bfff-ffffffffffff"],
    ["00000000000000000000000000000000", "00000000-0000-4000-8000-000000000000"],
])("%s is the version 4 UUID %s", (hex, uuid) => {
    expect(uuidOf(hex)).toBe(uuid);
});
