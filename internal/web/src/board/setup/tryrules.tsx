import { useState } from "preact/hooks";
import { Field } from "../../look/field";
import { useBoardPage } from "../page";
import { failureOf } from "../telling";

interface Answer {
  queueId: number;
  why: string;
  standing: { name: string };
}

/** Where a visitor would be sent now by the rules that are in force. */
export function TryRules() {
  const { board, words } = useBoardPage();
  const [product, setProduct] = useState("");
  const [category, setCategory] = useState("");
  const [language, setLanguage] = useState("");
  const [said, setSaid] = useState("");
  const ask = async (): Promise<void> => {
    const o = await board.admin.post<Answer>("/route", { productId: Number(product) || 0, categoryId: Number(category) || 0, language });
    // A visitor who would be turned away is refused in the words that would be said.
    setSaid(o.kind === "answer" ? `${o.value.standing.name}. ${words.say("setup.why")}: ${o.value.why}` : o.kind === "refused" && o.refusal.status === 409 ? o.refusal.text : failureOf(words, o));
  };
  return (
    <form
      class="try"
      onSubmit={(e) => {
        e.preventDefault();
        void ask();
      }}
    >
      <h3>{words.say("setup.tryRule")}</h3>
      <Field label={words.say("setup.product")} value={product} onInput={setProduct} kind="number" />
      <Field label={words.say("setup.category")} value={category} onInput={setCategory} kind="number" />
      <Field label={words.say("setup.language")} value={language} onInput={setLanguage} />
      <button type="submit">{words.say("setup.ask")}</button>
      <p role="status" dir="auto">
        {said}
      </p>
    </form>
  );
}
