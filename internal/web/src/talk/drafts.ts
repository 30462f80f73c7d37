import { getJSON, type Keep } from "./keep";

/** What is typed and not sent in one chat, and for whom. */
export interface Draft {
  text: string;
  /** True when only the team is to read it. */
  team: boolean;
  /** True when a formatting button was used: its marks are marks, and no text. */
  rich?: boolean;
}

/** The drafts of all chats, which outlive a reload and a closed window. */
export interface Drafts {
  /** The draft of a chat; an empty one for everybody when there is none. */
  get(chat: number): Draft;
  /** Keeps a draft; one without a text and for everybody is forgotten. */
  set(chat: number, draft: Draft): void;
  /** Whether something is typed there. */
  has(chat: number): boolean;
  forget(chat: number): void;
}

const empty: Draft = { text: "", team: false };

/** Drafts on this device. */
export function openDrafts(keep: Keep): Drafts {
  const key = (chat: number) => `draft.${chat}`;
  const get = (chat: number): Draft => {
    const kept = getJSON(keep, key(chat)) as Partial<Draft> | null | undefined;
    return typeof kept?.text === "string" ? { text: kept.text, team: kept.team === true, ...(kept.rich === true ? { rich: true } : {}) } : empty;
  };
  return {
    get,
    set: (chat, draft) => {
      if (draft.text === "" && !draft.team) {
        keep.remove(key(chat));
      } else {
        keep.set(key(chat), JSON.stringify(draft));
      }
    },
    has: (chat) => get(chat).text.trim() !== "",
    forget: (chat) => keep.remove(key(chat)),
  };
}
