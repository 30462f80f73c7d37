import { equal, test } from "../../testing";
import { firstAgentState, newChat } from "../../talk/agentstate";
import { type Command, matching, neighbour } from "./commands";

test("the next chat after the last is the first", () => {
  const s = { ...firstAgentState, chats: [newChat(1, 0, {}), newChat(2, 0, {}), newChat(3, 0, {})] };
  equal([neighbour(s, 1, 1), neighbour(s, 3, 1), neighbour(s, 1, -1)], [2, 1, 3]);
  equal([neighbour(s, 0, 1), neighbour(s, 0, -1), neighbour(s, 99, 1)], [1, 3, 1]);
  equal(neighbour({ ...s, chats: s.chats.slice(0, 1) }, 1, 1), 0);
  equal([neighbour(firstAgentState, 0, 1), neighbour(firstAgentState, 0, -1)], [0, 0]);
});

test("words find a command in any order and case", () => {
  const line = (text: string): Command => ({ key: text, text, keys: "", reason: undefined, run: () => {} });
  const all = [line("Open the chat with Ann Lee"), line("Open the chat with Bo Dean"), line("Log out")];
  const found = (typed: string): string[] => matching(all, typed).map((c) => c.text);
  equal(found(""), all.map((c) => c.text));
  equal(found("ann OPEN"), ["Open the chat with Ann Lee"]);
  equal(found("lo"), ["Log out"]);
  equal(found("fly"), []);
});
