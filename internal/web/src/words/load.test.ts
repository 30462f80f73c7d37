import { equal, test } from "../testing";
import { load, wordFiles } from "./load";

const english = { a: { b: "Chat", c: "Close" } };
const german = { language: "de", locale: "de" };
const files = new Map([["de", "/words-de.json"]]);

test("load: the page's head says where the files are", () => {
  const page = new DOMParser().parseFromString(
    `<meta name="usher-words" data-language="de" content="/words-de.json">
     <meta name="usher-words" data-language="ar" content="/words-ar.json">
     <meta name="usher-words" content="/of-no-language.json">
     <meta name="usher-site" content="demo">`,
    "text/html",
  );
  equal([...wordFiles(page)], [["de", "/words-de.json"], ["ar", "/words-ar.json"]]);
});

test("load: the file of the language is got, and no other", async () => {
  const asked: string[] = [];
  const get = async (address: string) => {
    asked.push(address);
    return new Response('["Gespräch",null]');
  };
  equal([...(await load(english, german, files, get))], [["a.b", "Gespräch"]]);
  equal((await load(english, { language: "en", locale: "en" }, files, get)).size, 0);
  equal(asked, ["/words-de.json"]);
});

const failures: Record<string, () => Promise<Response>> = {
  "no connection": () => Promise.reject(new TypeError("Failed to fetch")),
  "an error": async () => new Response('["Gespräch","Schließen"]', { status: 503 }),
  "no JSON": async () => new Response("<html>"),
};
for (const [name, get] of Object.entries(failures)) {
  test(`load: with ${name} there are no texts, so the page speaks English`, async () => {
    equal((await load(english, german, files, get)).size, 0);
  });
}
