import { equal, test } from "../testing";
import { hashOf, placeOf } from "./address";

test("an address names a place, and a place has an address", () => {
  for (const [hash, place] of [
    ["#/chat/7001", { kind: "chat", chat: 7001 }],
    ["#/past", { kind: "past" }],
    ["#/settings", { kind: "settings" }],
    ["#/", { kind: "chats" }],
  ] as const) {
    equal(placeOf(hash), place);
    equal(hashOf(place), hash);
  }
  for (const hash of ["", "#", "#/chat/", "#/chat/7001x", "#/chat/-1", "#/fly"]) {
    equal(placeOf(hash), { kind: "chats" });
  }
});
