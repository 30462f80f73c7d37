import { useState } from "preact/hooks";
import { Dialog } from "../look/dialog";
import { step } from "../look/menu";
import { titles } from "./app";
import { type Picture, useBoardPage } from "./page";
import { views } from "./route";
import { parts } from "./setup/parts";
import { agentName, visitorName } from "./telling";

interface Command {
  key: string;
  text: string;
  act: () => void;
}

/** Every action of the board, and every chat by name: Ctrl K. */
export function Commands({ picture, onClose }: { picture: Picture | null; onClose: () => void }) {
  const { board, words, route, held } = useBoardPage();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const here = route.get();

  const all: Command[] = [
    ...views.map((view) => ({ key: view, text: words.say(titles[view]), act: () => route.set({ view, parts: [], watch: here.watch }) })),
    { key: "pause", text: words.say(held.get() === null ? "board.pause" : "board.resume"), act: () => held.set(held.get() === null ? board.state().live : null) },
    ...parts.map((p) => ({ key: `set-up ${p.name}`, text: `${words.say("board.setUp")}: ${words.say(p.title)}`, act: () => route.set({ view: "set-up", parts: [p.name], watch: here.watch }) })),
    ...(picture?.live.engagements ?? [])
      .filter((e) => e.state === "ACTIVE")
      .map((e) => ({
        key: `watch ${e.engagementId}`,
        text: `${words.say("board.watch")}: ${visitorName(words, e)}, ${picture === null ? "" : agentName(picture.live, e.accountId)}`,
        act: () => route.set({ ...here, watch: e.engagementId }),
      })),
  ];
  const found = all.filter((c) => c.text.toLocaleLowerCase(words.locale).includes(text.trim().toLocaleLowerCase(words.locale)));
  const chosen = Math.min(at, Math.max(found.length - 1, 0));
  const run = (c: Command | undefined): void => {
    if (c !== undefined) {
      onClose();
      c.act();
    }
  };

  return (
    <Dialog title={words.say("keys.commands")} onClose={onClose} close={words.say("common.close")}>
      <input
        role="combobox"
        aria-label={words.say("keys.find")}
        aria-expanded="true"
        aria-controls="commands"
        aria-activedescendant={found.length > 0 ? `command-${chosen}` : undefined}
        value={text}
        onInput={(e) => {
          setText(e.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(e) => {
          if (e.isComposing || e.keyCode === 229) {
            return;
          }
          if (e.key === "Enter") {
            e.preventDefault();
            run(found[chosen]);
          } else if (e.key === "ArrowDown" || e.key === "ArrowUp") {
            e.preventDefault();
            setAt(step(e.key, chosen, found.length));
          }
        }}
      />
      <ul id="commands" class="commands" role="listbox" aria-label={words.say("keys.commands")}>
        {found.map((c, i) => (
          <li key={c.key} id={`command-${i}`} role="option" aria-selected={i === chosen} onClick={() => run(c)} onPointerMove={() => setAt(i)}>
            <bdi>{c.text}</bdi>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p role="status">{words.say("keys.none", { text })}</p>}
    </Dialog>
  );
}
