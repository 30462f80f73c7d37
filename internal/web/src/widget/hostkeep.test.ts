import { equal, test } from "../testing";
import { hostKeep } from "./hostkeep";

test("changes are told to the host page, and what it tells is not told back", () => {
  const told: [string, string | null][] = [];
  const keep = hostKeep({ session: "s" }, (key, value) => told.push([key, value]));
  keep.set("draft.0", "x");
  keep.remove("session");
  keep.hear("session", "t");
  keep.hear("draft.0", null);
  equal([keep.get("session"), keep.get("draft.0"), keep.keys("")], ["t", null, ["session"]]);
  equal(told, [["draft.0", "x"], ["session", null]]);
});
