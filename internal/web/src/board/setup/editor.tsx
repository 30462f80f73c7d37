import { useEffect, useState } from "preact/hooks";
import { Dialog } from "../../look/dialog";
import type { Outcome } from "../../talk/http";
import type { Audit } from "../../talk/wireboard";
import { useBoardPage } from "../page";
import { failureOf } from "../telling";
import { Form } from "./form";
import { asThing, type Fault, faultOf, placesOf, type Spec } from "./specs";
import { changesOf, differences, same, type Thing, valueAt, withAt } from "./thing";

export interface EditorProps {
  title: string;
  /** Where the thing is, below the site's address. */
  path: string;
  /** What the audit log calls it, such as "queue/7". */
  called: string;
  specs: Spec[];
  /** What a new one begins with; without it there is one already. */
  fresh?: Thing;
  /** "patch" sends only what was changed. */
  how?: "put" | "patch";
  onSaved?: (thing: Thing) => void;
  /** Removing it is offered, and this is called afterwards. */
  onRemoved?: () => void;
}

interface Conflict {
  theirs: Thing;
  by: string;
  at: number;
}

/**
 * Edits one thing by the API's own checks. It says Saved only when the server has it; when somebody
 * else changed it meanwhile, nobody's change is lost without a word.
 */
export function Editor({ title, path, called, specs, fresh, how = "put", onSaved, onRemoved }: EditorProps) {
  const { board, words, moments, unsaved } = useBoardPage();
  const [loaded, setLoaded] = useState<Thing | null>(fresh ?? null);
  const [thing, setThing] = useState<Thing>(fresh ?? {});
  const [state, setState] = useState<"" | "saving" | "saved">("");
  const [fault, setFault] = useState<Fault | null>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const [seeing, setSeeing] = useState(false);
  const [removing, setRemoving] = useState(false);
  const dirty = loaded !== null && !same(loaded, thing);

  useEffect(() => {
    unsaved.set(dirty);
    return () => unsaved.set(false);
  }, [dirty]);

  const load = async (): Promise<void> => {
    const o = await board.admin.get<Thing>(path);
    if (o.kind === "answer") {
      take(o.value);
      setFault(null);
    } else {
      setFault({ place: "", text: failureOf(words, o) });
    }
  };
  const take = (t: Thing): void => {
    setLoaded(t);
    setThing(t);
  };
  useEffect(() => void (fresh === undefined && load()), [path]);

  /** What stands there by now, if it is another than what was loaded. */
  const meanwhile = async (): Promise<Conflict | Outcome<unknown> | null> => {
    const now = await board.admin.get<Thing>(path);
    if (now.kind === "refused" && now.refusal.status === 404) {
      return null;
    }
    if (now.kind !== "answer") {
      return now;
    }
    return loaded !== null && fresh === undefined && same(now.value, loaded) ? null : { theirs: now.value, ...(await lastChange()) };
  };

  /** Who changed it last, by the audit log. */
  const lastChange = async (): Promise<{ by: string; at: number }> => {
    const o = await board.admin.get<Audit>("/audit?limit=1000");
    const change = o.kind === "answer" ? o.value.changes.findLast((c) => c.what === called) : undefined;
    return { by: change?.by ?? "?", at: Date.parse(change?.at ?? "") || Date.now() };
  };

  const save = async (mine: boolean): Promise<void> => {
    if (state === "saving") {
      return;
    }
    setState("saving");
    setFault(null);
    setSeeing(false);
    const other = mine ? null : await meanwhile();
    if (other !== null && "theirs" in other) {
      setState("");
      setConflict(other);
      return;
    }
    setConflict(null);
    const o = other ?? (how === "patch" ? await board.admin.patch<Thing>(path, changesOf(loaded ?? {}, thing)) : await board.admin.put<Thing>(path, thing));
    setState(o.kind === "answer" ? "saved" : "");
    if (o.kind === "answer") {
      const now = asThing(o.value);
      take(now);
      unsaved.set(false);
      onSaved?.(now);
    } else if (o.kind === "refused" && o.refusal.text !== "") {
      setFault(faultOf(o.refusal.text, placesOf(specs, thing)));
    } else {
      setFault({ place: "", text: words.say("common.notSaved", { reason: failureOf(words, o) }) });
    }
  };

  // Focus goes to the first field that is wrong.
  useEffect(() => {
    if (fault !== null) {
      document.querySelector<HTMLElement>(".editor [aria-invalid='true'], .editor .field-error")?.focus();
    }
  }, [fault]);

  if (loaded === null) {
    return fault === null ? (
      <p class="empty">{words.say("common.loading")}</p>
    ) : (
      <p class="field-error" role="alert">
        {fault.text}{" "}
        <button type="button" onClick={() => void load()}>
          {words.say("common.retry")}
        </button>
      </p>
    );
  }
  return (
    <form
      class="editor"
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        void save(false);
      }}
    >
      <h3>{title}</h3>
      <Form
        specs={specs}
        thing={thing}
        fault={fault}
        change={(at, value) => {
          setThing((t) => withAt(t, at, value));
          setState("");
        }}
      />
      {fault?.place === "" && (
        <p class="field-error" role="alert" tabIndex={-1}>
          {fault.text}
        </p>
      )}
      {conflict !== null && (
        <div class="conflict" role="alert">
          <p>{words.say("setup.conflict", { name: conflict.by, time: moments.time(conflict.at) })}</p>
          <div class="row">
            <button type="button" onClick={() => setSeeing(true)}>
              {words.say("setup.seeIt")}
            </button>
            <button type="button" onClick={() => void save(true)}>
              {words.say("setup.keepMine")}
            </button>
          </div>
        </div>
      )}
      <p class="row save">
        <button type="submit" class="main" aria-disabled={state === "saving" || undefined}>
          {words.say(state === "saving" ? "common.saving" : "setup.save")}
        </button>
        <span role="status">{state === "saved" && !dirty ? words.say("common.saved") : dirty && state !== "saving" ? words.say("setup.changed") : ""}</span>
        {dirty && (
          <button
            type="button"
            onClick={() => {
              setThing(loaded);
              setFault(null);
              setConflict(null);
            }}
          >
            {words.say("setup.undo")}
          </button>
        )}
        {onRemoved !== undefined && fresh === undefined && (
          <button type="button" class="risky" onClick={() => setRemoving(true)}>
            {words.say("common.delete")}
          </button>
        )}
      </p>
      {seeing && conflict !== null && (
        <Dialog title={words.say("setup.conflict", { name: conflict.by, time: moments.time(conflict.at) })} onClose={() => setSeeing(false)} close={words.say("common.close")}>
          <Differences theirs={conflict.theirs} mine={thing} specs={specs} by={conflict.by} />
          <p class="row">
            <button type="button" onClick={() => void save(true)}>
              {words.say("setup.keepMine")}
            </button>
            <button
              type="button"
              onClick={() => {
                take(conflict.theirs);
                setConflict(null);
                setSeeing(false);
              }}
            >
              {words.say("setup.takeTheirs")}
            </button>
          </p>
        </Dialog>
      )}
      {removing && <Remove title={title} path={path} onClose={() => setRemoving(false)} onRemoved={() => (unsaved.set(false), onRemoved?.())} />}
    </form>
  );
}

/** What stands in two versions of a thing and is not the same. */
function Differences({ theirs, mine, specs, by }: { theirs: Thing; mine: Thing; specs: Spec[]; by: string }) {
  const { words } = useBoardPage();
  const label = (path: string): string => specs.find((s) => path === s.at || path.startsWith(`${s.at}.`))?.label ?? path;
  const text = (t: Thing, path: string): string => {
    const value = valueAt(t, path);
    return typeof value === "string" ? value : JSON.stringify(value ?? null, null, 1);
  };
  return (
    <div class="grid-frame">
      <table class="grid">
        <thead>
          <tr>
            <th scope="col">{words.say("setup.field")}</th>
            <th scope="col">{by}</th>
            <th scope="col">{words.say("common.you")}</th>
          </tr>
        </thead>
        <tbody>
          {differences(theirs, mine).map((path) => (
            <tr key={path}>
              <th scope="row">{label(path)}</th>
              <td>
                <bdi>{text(theirs, path)}</bdi>
              </td>
              <td>
                <bdi>{text(mine, path)}</bdi>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Asks once, and removes; what still names the thing is said. */
function Remove({ title, path, onClose, onRemoved }: { title: string; path: string; onClose: () => void; onRemoved: () => void }) {
  const { board, words } = useBoardPage();
  const [going, setGoing] = useState(false);
  const [failure, setFailure] = useState("");
  const go = async (): Promise<void> => {
    if (going) {
      return;
    }
    setGoing(true);
    const o = await board.admin.remove(path);
    setGoing(false);
    if (o.kind === "answer") {
      onRemoved();
    } else {
      setFailure(o.kind === "refused" && o.refusal.text !== "" ? o.refusal.text : failureOf(words, o));
    }
  };
  return (
    <Dialog title={words.say("setup.deleteAsk", { name: title })} question onClose={onClose}>
      {failure !== "" && (
        <p class="field-error" role="alert">
          {failure}
        </p>
      )}
      <div class="row">
        <button type="button" class="risky" aria-disabled={going || undefined} onClick={() => void go()}>
          {words.say("common.delete")}
        </button>
        <button type="button" onClick={onClose}>
          {words.say("common.cancel")}
        </button>
      </div>
    </Dialog>
  );
}
