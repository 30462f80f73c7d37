import { equal, ok, test } from "../testing";
import arabic from "./ar.json";
import english from "./en.json";
import french from "./fr.json";
import german from "./de.json";
import japanese from "./ja.json";
import spanish from "./es.json";
import { agentDesk, boardDesk, panel } from "./english";
import { isolate, translation, words, type Catalogue, type Text } from "./words";

const texts = {
  a: { plain: "Chat", hello: "Hello {name}, it is {time}.", waits: { one: "{n} chat waits.", other: "{n} chats wait." } },
};
const inGerman = { language: "de", locale: "de-AT" };

/** The list that the widget loads of a language, as the build cuts it. */
function cut(catalogue: Catalogue): (Text | null)[] {
  return Object.entries(panel).flatMap(([section, keys]) =>
    Object.keys(keys).map((key) => catalogue[section]?.[key] ?? null),
  );
}

test("words: fields are filled in", () => {
  const { say } = words(texts);
  equal(say("a.plain"), "Chat");
  equal(say("a.hello", { name: "Ann", time: "12:04" }), "Hello Ann, it is 12:04.");
});

test("words: what a field holds is never read as a text with fields, nor as a pattern", () => {
  const { say } = words(texts);
  equal(say("a.hello", { name: "{time}", time: "$& <b>" }), "Hello {time}, it is $& <b>.");
});

test("words: a missing field stays to be seen, and nothing is taken from an object's own members", () => {
  const { say } = words({ a: { b: "{toString} {name}" } });
  equal(say("a.b", {}), "{toString} {name}");
});

test("words: the plural class is chosen by n, and numbers are written", () => {
  const { say } = words(texts);
  equal(
    [0, 1, 2, 1234].map((n) => say("a.waits", { n })),
    ["0 chats wait.", "1 chat waits.", "2 chats wait.", "1,234 chats wait."],
  );
});

test("words: a class that a text lacks is said as other", () => {
  const { say } = words({ a: { b: { other: "{n} de mensajes" } } }, { language: "es", locale: "es" });
  equal(say("a.b", { n: 1 }), "1 de mensajes");
});

test("words: what the language lacks is said in English, and the language is told", () => {
  const { sentence } = words(texts, inGerman, new Map([["a.plain", "Gespräch"]]));
  equal(sentence("a.plain").language, "de");
  equal(sentence("a.waits", { n: 1234 }), {
    language: "en",
    pieces: [{ field: "n", text: "1,234" }, { text: " chats wait." }],
  });
});

test("words: a site's own text goes before the language's", () => {
  const { say, sentence } = words(texts, inGerman, new Map([["a.plain", "Gespräch"]]), { "a.plain": "Frag uns {n}" });
  equal(say("a.plain", { n: 1234.5 }), `Frag uns ${new Intl.NumberFormat("de-AT").format(1234.5)}`);
  equal(sentence("a.plain").language, "de");
});

test("words: pieces say which of them are fields", () => {
  equal(words(texts).sentence("a.hello", { name: "Ann", time: "12:04" }).pieces, [
    { text: "Hello " },
    { field: "name", text: "Ann" },
    { text: ", it is " },
    { field: "time", text: "12:04" },
    { text: "." },
  ]);
});

test("words: a name is isolated, and can't turn what follows around", () => {
  equal(isolate("\u202eAnn\u2069 Lee"), "\u2068Ann Lee\u2069");
});

test("words: direction follows the language", () => {
  equal(words(texts).direction, "ltr");
  equal(words(texts, { language: "ar", locale: "ar-EG" }).direction, "rtl");
});

test("translation: a list stands for the keys in their order", () => {
  equal(
    [...translation(texts, ["Gespräch", null, { one: "eins", other: "mehr" }])],
    [
      ["a.plain", "Gespräch"],
      ["a.waits", { one: "eins", other: "mehr" }],
    ],
  );
});

test("translation: of what is no list of this version nothing is used", () => {
  for (const list of [undefined, null, {}, "abc", [], ["a", "b"], ["a", "b", "c", "d"]]) {
    equal(translation(texts, list).size, 0);
  }
  equal(translation(texts, [1, { one: "x" }, []]).size, 0);
});

for (const [language, catalogue] of Object.entries({
  ar: arabic, de: german, en: english, es: spanish, fr: french, ja: japanese,
})) {
  test(`words: every text for visitors is there in ${language}, for every number`, () => {
    const choice = { language, locale: language };
    const translated = translation(panel, cut(catalogue));
    const { sentence } = words(panel, choice, translated);
    for (const [section, keys] of Object.entries(panel)) {
      for (const key of Object.keys(keys)) {
        ok(translated.has(`${section}.${key}`), `${section}.${key}`);
      }
    }
    const classes = new Set(Object.keys(catalogue.conn.unsent));
    for (let n = 0; n <= 200; n++) {
      ok(classes.has(new Intl.PluralRules(language).select(n)), `conn.unsent for ${n}`);
      equal(sentence("conn.unsent", { n }).language, language);
    }
  });
}

test("words: Arabic counts in its six ways", () => {
  const { say } = words(panel, { language: "ar", locale: "ar-u-nu-latn" }, translation(panel, cut(arabic)));
  equal(
    [0, 1, 2, 3, 11, 100].map((n) => say("conn.unsent", { n })),
    [
      "لا رسائل بانتظار الإرسال.",
      "رسالة واحدة بانتظار الإرسال.",
      "رسالتان بانتظار الإرسال.",
      "3 رسائل بانتظار الإرسال.",
      "11 رسالة بانتظار الإرسال.",
      "100 رسالة بانتظار الإرسال.",
    ],
  );
});

test("english: each page has its sections, and en.json has no section that no page has", () => {
  const used = new Set([panel, agentDesk, boardDesk].flatMap((page) => Object.keys(page)));
  equal([...used].sort(), Object.keys(english).sort());
});
