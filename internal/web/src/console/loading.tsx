import { useEffect, useState } from "preact/hooks";
import { usePage } from "./page";

/** When words come: what is there sooner needs none; in milliseconds. */
const wordsAfter = 300;
const slowAfter = 10_000;

/** For how long something has been loading: not worth a word, worth one, too long. */
export function useSlowness(): "" | "loading" | "slow" {
  const [slowness, set] = useState<"" | "loading" | "slow">("");
  useEffect(() => {
    const timers = [setTimeout(() => set("loading"), wordsAfter), setTimeout(() => set("slow"), slowAfter)];
    return () => timers.forEach(clearTimeout);
  }, []);
  return slowness;
}

/** The chats are on their way. */
export function LoadingRows() {
  const { words } = usePage();
  const slowness = useSlowness();
  return (
    <div class="loading">
      <div role="status">
        {slowness !== "" && <p>{words.say("list.loading")}</p>}
        {slowness === "slow" && <p>{words.say("common.slow")}</p>}
      </div>
      {slowness === "slow" && (
        <button type="button" onClick={() => location.reload()}>
          {words.say("common.retry")}
        </button>
      )}
      <div class="grey-rows" aria-hidden="true">
        <span />
        <span />
        <span />
      </div>
    </div>
  );
}

/** The page before it knows who is there. */
export function Loading() {
  const { words } = usePage();
  return (
    <main class="door">
      <h1>{words.say("bar.title")}</h1>
      <LoadingRows />
    </main>
  );
}
