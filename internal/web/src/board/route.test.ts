import { equal, test } from "../testing";
import { readRoute, writeRoute } from "./route";

test("a route goes into the address and comes back from it", () => {
  for (const hash of ["#/now", "#/chats/7", "#/set-up/queues/new", "#/reports/agent/2026-05-01/2026-05-07", "#/now/watch/7001", "#/chats/1/watch/7001"]) {
    equal(writeRoute(readRoute(hash)), hash);
  }
});

test("an address that says nothing leads to Now", () => {
  for (const hash of ["", "#", "#/", "#/nowhere", "#/now/watch/x", "#/now/watch/-3"]) {
    equal(writeRoute(readRoute(hash)), "#/now", hash);
  }
});
