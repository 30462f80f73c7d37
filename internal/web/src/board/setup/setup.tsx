import { useEffect, useState } from "preact/hooks";
import { useCell } from "../../console/page";
import { useBoardPage } from "../page";
import { Defined } from "./defined";
import { Editor } from "./editor";
import { Inbox } from "./inbox";
import { type Lists, useLists } from "./lists";
import { parts, type PartName } from "./parts";
import { TryRules } from "./tryrules";
import { ruleSpecs } from "./rules";
import { siteSpecs, widgetSpecs } from "./sitespecs";

/** Where a supervisor changes how the site is set up. */
export function SetUp() {
  const { words, route } = useBoardPage();
  const here = useCell(route);
  const part = parts.find((p) => p.name === here.parts[0]) ?? parts[0];
  const { lists, failed, again } = useLists();
  return (
    <div class="setup">
      <nav class="parts" aria-label={words.say("setup.title")}>
        {parts.map((p) => (
          <a
            key={p.name}
            href={`#/set-up/${p.name}`}
            aria-current={p === part ? "page" : undefined}
            onClick={(e) => {
              e.preventDefault();
              route.set({ ...here, parts: [p.name] });
            }}
          >
            {words.say(p.title)}
          </a>
        ))}
      </nav>
      <section aria-labelledby="part">
        <h2 id="part">{words.say(part.title)}</h2>
        {lists !== null ? (
          <Part key={part.name} name={part.name} lists={lists} reload={again} />
        ) : failed ? (
          <p class="field-error" role="alert">
            {words.say("reason.broken")}{" "}
            <button type="button" onClick={again}>
              {words.say("common.retry")}
            </button>
          </p>
        ) : (
          <p class="empty">{words.say("common.loading")}</p>
        )}
      </section>
    </div>
  );
}

function Part({ name, lists, reload }: { name: PartName; lists: Lists; reload: () => void }) {
  const { words } = useBoardPage();
  switch (name) {
    case "accounts":
    case "queues":
    case "hours":
    case "replies":
      return <Defined part={name} lists={lists} reload={reload} />;
    case "rules":
      return (
        <>
          <Editor title={words.say("setup.rules")} path="/rules" called="rules" specs={ruleSpecs(words, lists)} />
          <TryRules />
        </>
      );
    case "widget":
      return (
        <>
          <Snippet />
          <Editor title={words.say("setup.widget")} path="/settings" called="settings" specs={widgetSpecs(words)} how="patch" />
        </>
      );
    case "site":
      return <Editor title={words.say("setup.site")} path="/settings" called="settings" specs={siteSpecs(words)} how="patch" />;
    case "messages":
      return <Inbox lists={lists} />;
  }
}

/** What a site's owner puts into its pages. */
function Snippet() {
  const { board, words } = useBoardPage();
  const [key, setKey] = useState("");
  useEffect(() => {
    void board.admin.get<{ widgetKey?: string }>("").then((o) => o.kind === "answer" && setKey(o.value.widgetKey ?? ""));
  }, [board]);
  const text = `<script src="${location.origin}/widget.js" async data-site="${board.site}" data-key="${key}"></script>`;
  return key === "" ? null : (
    <div class="snippet-box">
      <h3>{words.say("setup.snippet")}</h3>
      <pre>
        <code>{text}</code>
      </pre>
      {"clipboard" in navigator && (
        <button type="button" onClick={() => void navigator.clipboard.writeText(text)}>
          {words.say("setup.copySnippet")}
        </button>
      )}
    </div>
  );
}
