import { useEffect, useState } from "preact/hooks";
import { Dialog } from "../../look/dialog";
import { type DeskWords, useCell, usePage } from "../page";
import { actionOf, actions, type Chord, chordOf, chordText, ctrlText, free, type KeyAction, pressed, sameChord, usualChords } from "./chords";

/** What an action with keys is called. */
export function actionName(words: DeskWords, a: KeyAction): string {
  return words.say(`keys.${a}`);
}

/** All keys, to look at. */
export function KeySheet({ onClose }: { onClose: () => void }) {
  const { words } = usePage();
  return (
    <Dialog title={words.say("keys.title")} onClose={onClose} close={words.say("common.close")}>
      <KeyTable />
    </Dialog>
  );
}

/** All keys; with change, each can be changed or switched off. */
export function KeyTable({ change = false }: { change?: boolean }) {
  const { words, prefs, enterSends } = usePage();
  const own = useCell(prefs.chords);
  const enter = useCell(enterSends);
  const [waits, setWaits] = useState<KeyAction | null>(null);
  const fixed: [string, string][] = [
    [words.say("keys.send"), enter ? "Enter" : `${ctrlText} Enter`],
    [words.say("keys.newLine"), enter ? "Shift Enter" : "Enter"],
    [words.say("keys.slash"), "/"],
    [words.say("keys.newest"), "↑"],
    [words.say("keys.receiver"), "Shift Tab"],
    [words.say("keys.move"), "↑ ↓ Home End Enter"],
    [words.say("keys.close"), "Esc"],
  ];
  const changed = actions.some((a) => own[a] !== undefined);
  return (
    <>
      <table class="keys">
        <tbody>
          {actions.map((a) => {
            const keys = chordOf(own, a);
            return (
              <tr key={a}>
                <th scope="row">{actionName(words, a)}</th>
                <td>{keys === null ? <span class="meta">{words.say("keys.isOff")}</span> : <kbd>{chordText(keys)}</kbd>}</td>
                {change && (
                  <td class="row-of-buttons">
                    <button type="button" aria-label={`${words.say("keys.change")}: ${actionName(words, a)}`} onClick={() => setWaits(a)}>
                      {words.say("keys.change")}
                    </button>
                    {keys !== null && (
                      <button type="button" aria-label={`${words.say("keys.off")}: ${actionName(words, a)}`} onClick={() => prefs.chords.set({ ...own, [a]: null })}>
                        {words.say("keys.off")}
                      </button>
                    )}
                  </td>
                )}
              </tr>
            );
          })}
          {fixed.map(([name, keys]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                <kbd>{keys}</kbd>
              </td>
              {change && <td />}
            </tr>
          ))}
        </tbody>
      </table>
      {change && changed && (
        <button type="button" onClick={() => prefs.chords.set({})}>
          {words.say("keys.usual")}
        </button>
      )}
      {waits !== null && <NewKeys action={waits} onClose={() => setWaits(null)} />}
    </>
  );
}

/** Waits for the new keys of an action. */
function NewKeys({ action, onClose }: { action: KeyAction; onClose: () => void }) {
  const { words, prefs } = usePage();
  const [wrong, setWrong] = useState("");

  const take = (c: Chord): void => {
    const own = prefs.chords.get();
    const other = actionOf(own, c);
    if (!free(c)) {
      setWrong(words.say("keys.printable"));
    } else if (other !== null && other !== action) {
      setWrong(words.say("keys.taken", { action: actionName(words, other) }));
    } else {
      const { [action]: _, ...rest } = own;
      prefs.chords.set(sameChord(c, usualChords[action]) ? rest : { ...rest, [action]: c });
      onClose();
    }
  };
  useEffect(() => {
    const down = (e: KeyboardEvent): void => {
      const c = pressed(e);
      if (c === null || ((c.key === "Escape" || c.key === "Tab" || c.key === "Enter" || c.key === " ") && !c.ctrl && !c.alt)) {
        return; // these work the dialog itself
      }
      e.preventDefault();
      e.stopPropagation();
      take(c);
    };
    document.addEventListener("keydown", down, { capture: true });
    return () => document.removeEventListener("keydown", down, { capture: true });
  });
  return (
    <Dialog title={actionName(words, action)} onClose={onClose} close={words.say("common.cancel")}>
      <p>{words.say("keys.press")}</p>
      <div role="alert">{wrong !== "" && <p class="wrong">{wrong}</p>}</div>
    </Dialog>
  );
}
