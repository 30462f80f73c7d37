import type { Chat } from "../../talk/agentstate";
import { isolate } from "../../words/words";
import { usePage } from "../page";

/** The visitor's earlier chats, newest first. */
export function EarlierChats({ chat, onOpen }: { chat: Chat; onOpen: (engagement: number) => void }) {
  const { words, moments } = usePage();
  const all = chat.earlier;
  return (
    <section class="earlier" aria-labelledby={`earlier-${chat.id}`}>
      <h3 id={`earlier-${chat.id}`}>
        {words.say("chat.earlier")} {all !== null && all.length > 0 && all.length}
      </h3>
      {all === null && <p class="meta">{words.say("visitor.loadingEarlier")}</p>}
      {all !== null && all.length === 0 && <p class="meta">{words.say("visitor.noEarlier")}</p>}
      <ul>
        {all?.map((e) => {
          const what = e.result || e.question || e.queueName;
          return (
            <li key={e.engagementId}>
              <button type="button" class="bare" aria-label={`${words.say("visitor.openEarlier", { day: moments.day(e.startedTime) })}: ${isolate(what)}`} onClick={() => onOpen(e.engagementId)}>
                <span class="meta">{moments.day(e.startedTime)}</span> <bdi>{what}</bdi>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
