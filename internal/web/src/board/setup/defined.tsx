import { useState } from "preact/hooks";
import { useCell } from "../../console/page";
import { Field } from "../../look/field";
import { useBoardPage } from "../page";
import { Editor } from "./editor";
import { kindOf } from "./kinds";
import type { Lists } from "./lists";

/** The things of one kind, and the one that is edited. */
export function Defined({ part, lists, reload }: { part: "accounts" | "queues" | "hours" | "replies"; lists: Lists; reload: () => void }) {
  const { words, route } = useBoardPage();
  const here = useCell(route);
  const kind = kindOf(part, words, lists);
  const all = lists[kind.plural];
  const chosen = here.parts[1] ?? "";
  const numbers = all.map((t) => Number(t[kind.id]));
  const [next, setNext] = useState("");
  const number = next === "" ? String(Math.max(0, ...numbers) + 1) : next;
  const go = (to: string): void => route.set({ ...here, parts: to === "" ? [part] : [part, to] });
  const found = all.find((t) => String(t[kind.id]) === chosen);
  const name = String(found?.[kind.name] || chosen);

  return (
    <div class="defined">
      <nav aria-label={words.say(`setup.${part}`)}>
        <ul class="plain">
          {all.map((t) => {
            const id = String(t[kind.id]);
            return (
              <li key={id}>
                <a
                  href={`#/set-up/${part}/${id}`}
                  aria-current={id === chosen ? "true" : undefined}
                  onClick={(e) => {
                    e.preventDefault();
                    go(id);
                  }}
                >
                  <bdi>{String(t[kind.name] || id)}</bdi> <span class="meta">{id}</span>
                </a>
              </li>
            );
          })}
        </ul>
        {all.length === 0 && <p class="empty">{words.say("setup.noneYet")}</p>}
        <button type="button" onClick={() => go("new")}>
          {words.say("setup.new")}
        </button>
      </nav>
      {chosen === "new" ? (
        <div>
          <Field label={words.say("setup.number")} value={number} onInput={setNext} kind="number" error={numbers.includes(Number(number)) ? words.say("setup.numberTaken") : undefined} />
          <Editor
            key={`new ${number}`}
            title={words.say("setup.new")}
            path={`/${kind.plural}/${number}`}
            called={`${kind.called}/${number}`}
            specs={kind.specs}
            fresh={kind.fresh}
            onSaved={() => {
              setNext("");
              reload();
              go(number);
            }}
          />
        </div>
      ) : (
        chosen !== "" && <Editor key={chosen} title={name} path={`/${kind.plural}/${chosen}`} called={`${kind.called}/${chosen}`} specs={kind.specs} onSaved={reload} onRemoved={() => (reload(), go(""))} />
      )}
    </div>
  );
}
