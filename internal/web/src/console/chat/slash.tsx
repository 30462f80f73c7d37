import { useEffect, useId, useRef, useState } from "preact/hooks";
import { step } from "../../look/menu";
import type { AgentState, Chat } from "../../talk/agentstate";
import type { Reply } from "../../talk/wireagent";
import { useCell, usePage } from "../page";
import { fill, matching, type Slash, valuesOf } from "./fill";

/** What can be chosen. */
export type Pick = { kind: "reply"; reply: Reply; own: boolean } | { kind: "action"; action: "transfer" | "end" | "invite" | "team"; name: string };

/** The "/" list of a composer. */
export interface SlashState {
  id: string;
  at: Slash | null;
  open: boolean;
  picks: readonly Pick[];
  chosen: number;
  /** The chosen reply in full, as it would be inserted. */
  whole: string;
  note: string;
  optionId: (i: number) => string;
  look: (at: Slash | null) => void;
  close: () => void;
  choose: (i: number) => void;
  /** Does what a key does in the list; true: it was for the list. */
  key: (key: string, onPick: (pick: Pick) => void) => boolean;
}

/** Keeps the list of a composer: what is typed after "/" finds replies and actions. */
export function useSlash(state: AgentState, chat: Chat): SlashState {
  const page = usePage();
  const { words, agent } = page;
  const replies = useCell(page.replies);
  const [at, setAt] = useState<Slash | null>(null);
  const [chosen, setChosen] = useState(0);
  const [failed, setFailed] = useState(false);
  /** Where the list was left by Esc: it stays closed for that slash. */
  const left = useRef(-1);
  const id = useId();
  const wanted = at !== null;
  useEffect(() => {
    if (!wanted || replies !== null) {
      return;
    }
    void agent.replies().then((o) => {
      setFailed(o.kind !== "answer");
      if (o.kind === "answer") {
        page.replies.set(o.value);
      }
    });
  }, [wanted]);

  const query = at?.query ?? "";
  const picks = at === null ? [] : picksFor(words, replies, query, chat, actionsOf(chat));
  const loading = wanted && replies === null && !failed;
  const note = picks.length > 0 ? "" : loading ? words.say("common.loading") : words.say("replies.none", { text: query });
  // Two words that find nothing are a sentence with a slash in it.
  const open = wanted && (picks.length > 0 || loading || !/\s/.test(query));
  const i = Math.min(chosen, Math.max(picks.length - 1, 0));
  const pick = picks[i];
  const close = (): void => setAt(null);

  useEffect(() => {
    if (open && picks.length > 0) {
      page.voice.say(words.say("replies.found", { n: picks.length }));
    }
  }, [open]);

  return {
    id,
    at,
    open,
    picks,
    chosen: i,
    whole: pick?.kind === "reply" ? fill(pick.reply.text, valuesOf(words, state, chat)) : "",
    note,
    optionId: (n) => `${id}-${n}`,
    close,
    choose: setChosen,
    look: (next) => {
      setChosen(0);
      if (next === null || next.at !== left.current) {
        left.current = -1;
        setAt(next);
      }
    },
    key: (key, onPick) => {
      if (!open) {
        return false;
      }
      if (key === "Escape") {
        left.current = at?.at ?? -1;
        close();
        return true;
      }
      if ((key === "Enter" || key === "Tab") && pick !== undefined) {
        onPick(pick);
        return true;
      }
      if ((key === "ArrowDown" || key === "ArrowUp") && picks.length > 0) {
        setChosen(step(key, i, picks.length));
        return true;
      }
      return false;
    },
  };
}

function actionsOf(chat: Chat): Extract<Pick, { kind: "action" }>["action"][] {
  return chat.role === "LEAD" ? ["transfer", "invite", "end", "team"] : ["team"];
}

function picksFor(words: ReturnType<typeof usePage>["words"], replies: { own: Reply[]; team: Reply[] } | null, query: string, chat: Chat, actions: Extract<Pick, { kind: "action" }>["action"][]): Pick[] {
  const language = chat.contact?.interfaceLanguageCode ?? "";
  const found = (list: readonly Reply[], own: boolean): Pick[] => matching(list, query, chat.queueId, language).map((reply) => ({ kind: "reply", reply, own }));
  const names = { transfer: words.say("transfer.open"), invite: words.say("invite.open"), end: words.say("end.go"), team: words.say("chat.team") };
  const low = query.toLocaleLowerCase();
  const done: Pick[] = actions.filter((a) => a.startsWith(low) || names[a].toLocaleLowerCase().startsWith(low)).map((action) => ({ kind: "action", action, name: names[action] }));
  return [...found(replies?.own ?? [], true), ...found(replies?.team ?? [], false), ...done];
}

/** The list above the composer; the chosen reply stands below it in full. */
export function SlashList({ slash, onPick }: { slash: SlashState; onPick: (pick: Pick) => void }) {
  const { words } = usePage();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [slash.chosen]);
  const groups = [
    { name: words.say("replies.own"), of: (p: Pick) => p.kind === "reply" && p.own },
    { name: words.say("replies.team"), of: (p: Pick) => p.kind === "reply" && !p.own },
    { name: words.say("replies.actions"), of: (p: Pick) => p.kind === "action" },
  ];
  return (
    <div class="slash">
      <div class="options" role="listbox" id={slash.id} aria-label={words.say("replies.title")} ref={list}>
        {slash.picks.length > 0 && groups.map((g) => {
          const some = slash.picks.map((pick, i) => ({ pick, i })).filter((x) => g.of(x.pick));
          return some.length === 0 ? null : (
            <div key={g.name} role="group" aria-label={g.name}>
              <p class="meta" aria-hidden="true">{g.name}</p>
              {some.map(({ pick, i }) => (
                <div
                  key={i}
                  id={slash.optionId(i)}
                  role="option"
                  aria-selected={i === slash.chosen}
                  // The field keeps the focus.
                  onPointerDown={(e) => e.preventDefault()}
                  onPointerMove={() => i !== slash.chosen && slash.choose(i)}
                  onClick={() => onPick(pick)}
                >
                  {pick.kind === "reply" ? <bdi>{pick.reply.title}</bdi> : `/${pick.action} ${pick.name}`}
                </div>
              ))}
            </div>
          );
        })}
      </div>
      {slash.note !== "" && <p class="meta">{slash.note}</p>}
      {slash.whole !== "" && (
        <p class="whole" dir="auto">
          {slash.whole}
        </p>
      )}
    </div>
  );
}
