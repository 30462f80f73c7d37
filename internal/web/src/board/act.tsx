import { useState } from "preact/hooks";
import { Dialog } from "../look/dialog";
import { useBoardPage } from "./page";

/** Something that is asked about once, because it changes what somebody else sees. */
export interface Act {
  title: string;
  /** What happens then, to whom. */
  effect: string;
  go: string;
  going: string;
  risky?: boolean;
  /** Does it, and answers why it was not done; "" when it was. */
  run: () => Promise<string>;
}

/** Says what an act does, and does it when that is wanted. It stays until its result is known. */
export function ActDialog({ act, onClose }: { act: Act; onClose: () => void }) {
  const { words } = useBoardPage();
  const [going, setGoing] = useState(false);
  const [failure, setFailure] = useState("");
  const go = async (): Promise<void> => {
    if (going) {
      return;
    }
    setGoing(true);
    const failed = await act.run();
    setGoing(false);
    setFailure(failed);
    if (failed === "") {
      onClose();
    }
  };
  return (
    <Dialog title={act.title} question onClose={onClose} fallback="#conversation">
      <p>{act.effect}</p>
      {failure !== "" && (
        <p class="field-error" role="alert">
          {failure}
        </p>
      )}
      <div class="row">
        <button type="button" class={act.risky ? "risky" : "main"} aria-disabled={going || undefined} onClick={() => void go()}>
          {going ? act.going : act.go}
        </button>
        <button type="button" onClick={onClose}>
          {words.say("common.cancel")}
        </button>
      </div>
    </Dialog>
  );
}
