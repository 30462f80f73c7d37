import { useState } from "preact/hooks";
import { Dialog } from "../../look/dialog";
import { Field } from "../../look/field";
import { usePage } from "../page";
import { linkTo } from "./rich";

/** Asks for the address of a link. */
export function LinkDialog({ onClose, onLink }: { onClose: () => void; onLink: (address: string) => void }) {
  const { words } = usePage();
  const [address, setAddress] = useState("");
  const [wrong, setWrong] = useState(false);
  return (
    <Dialog title={words.say("chat.insertLink")} onClose={onClose}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          e.stopPropagation();
          const text = address.trim();
          const href = linkTo(text) ?? linkTo(`https://${text}`);
          // A bare word is no address, though it makes one with a scheme before it.
          if (href === null || !/[.:]/.test(text)) {
            setWrong(true);
            return;
          }
          onLink(href);
        }}
      >
        <Field label={words.say("chat.linkAddress")} value={address} onInput={setAddress} error={wrong ? words.say("chat.badAddress") : undefined} hint={words.say("chat.addressHint")} />
        <div class="row">
          <button type="submit" class="main">
            {words.say("chat.insertLink")}
          </button>
          <button type="button" onClick={onClose}>
            {words.say("common.cancel")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
