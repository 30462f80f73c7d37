import { equal, test } from "../testing";
import { agentDesk, panel } from "./english";
import { fileKinds, fileSize, listed, percent } from "./figures";
import { moments } from "./moments";
import { age, span, spokenSpan } from "./spans";
import { waitText } from "./waits";
import { words } from "./words";

const desk = words(agentDesk);

/** Browsers differ in which spaces they set. */
const spaced = (text: string) => text.replace(/\s/g, " ");

test("waits: what visitors are told", () => {
  const visitor = words(panel);
  const cases: [number, string | undefined][] = [
    [-1, undefined],
    [0, undefined],
    [NaN, undefined],
    [1, "Less than a minute."],
    [59.9, "Less than a minute."],
    [60, "About 1 minute."],
    [61, "About 2 minutes."],
    [240, "About 4 minutes."],
    [600, "About 10 minutes."],
    [601, "About 15 minutes."],
    [900, "About 15 minutes."],
    [901, "About 20 minutes."],
    [3600, "About 60 minutes."],
    [3601, "More than an hour."],
    [Infinity, "More than an hour."],
  ];
  for (const [seconds, want] of cases) equal(waitText(visitor, seconds), want);
});

test("spans: what is looked at while it runs", () => {
  const cases: [number, string][] = [
    [-3, "0:00"], [0, "0:00"], [0.9, "0:00"], [42, "0:42"], [250, "4:10"], [3599.9, "59:59"],
    [3600, "1 h"], [4320, "1 h 12 min"], [4379, "1 h 12 min"], [90_000, "25 h"],
  ];
  for (const [seconds, want] of cases) equal(span(desk, seconds), want);
});

test("spans: ages", () => {
  const cases: [number, string][] = [
    [0, "under 1 min"], [59, "under 1 min"], [60, "1 min"], [899, "14 min"], [7200, "2 h"], [7260, "2 h 1 min"],
  ];
  for (const [seconds, want] of cases) equal(age(desk, seconds), want);
});

test("spans: for ears", () => {
  const cases: [number, string][] = [
    [0, "0 seconds"], [1, "1 second"], [59, "59 seconds"], [60, "1 minute"], [250, "4 minutes"],
    [3600, "1 hour"], [4320, "1 hour, 12 minutes"],
  ];
  for (const [seconds, want] of cases) equal(spokenSpan("en", seconds), want);
});

const noon = Date.UTC(2026, 10, 23, 12, 4, 31); // a Monday
const hour = 3_600_000;
const at = (locale: string, zone: string, now = noon) => moments(locale, () => now, zone);

test("moments: times in the zone", () => {
  equal(at("en-GB", "UTC").time(noon), "12:04");
  equal(at("en-GB", "Asia/Tokyo").time(noon), "21:04");
  equal(spaced(at("en-US", "UTC").time(noon)), "12:04 PM");
  equal(at("en-GB", "UTC").exactTime(noon), "12:04:31");
});

test("moments: days by the calendar, not by hours", () => {
  const { day } = at("en-GB", "UTC");
  const cases: [number, string][] = [
    [noon, "today"],
    [noon + 11 * hour, "today"],
    [noon + 12 * hour, "tomorrow"],
    [noon - 13 * hour, "yesterday"],
    [noon + 48 * hour, "Wednesday"],
    [noon - 48 * hour, "Saturday"],
    [noon + 6 * 24 * hour, "Sunday"],
    [noon + 7 * 24 * hour, "30 Nov"],
    [noon - 7 * 24 * hour, "16 Nov"],
    [noon + 60 * 24 * hour, "22 Jan 2027"],
  ];
  for (const [t, want] of cases) equal(day(t), want);
});

test("moments: the same instant is another day elsewhere", () => {
  const late = Date.UTC(2026, 10, 23, 16);
  equal(at("en", "UTC", noon).day(late), "today");
  equal(at("en", "Asia/Tokyo", noon).day(late), "tomorrow");
});

test("moments: a day of 23 hours is one day", () => {
  // Vienna goes over to summer time on 29 March 2026.
  const evening = Date.UTC(2026, 2, 28, 22, 30); // 23:30 on the 28th
  const next = Date.UTC(2026, 2, 29, 22, 15); // 00:15 on the 30th
  equal(at("en", "Europe/Vienna", evening).day(next), "Monday");
  equal(at("en", "Europe/Vienna", next).day(evening), "Saturday");
});

test("moments: headings begin with a capital, day and time stand together", () => {
  equal(at("en-GB", "UTC").heading(noon), "Today");
  equal(at("fr", "UTC").heading(noon - 24 * hour), "Hier");
  equal(at("de", "UTC").day(noon + 48 * hour), "Mittwoch");
  equal(spaced(at("en-GB", "UTC").dayAndTime(noon + 48 * hour)).replace(" at ", " "), "Wednesday 12:04");
});

test("moments: digits and calendars of the language do not confuse the days", () => {
  equal(at("ar-EG", "UTC").day(noon), new Intl.RelativeTimeFormat("ar-EG", { numeric: "auto" }).format(0, "day"));
  equal(at("th-TH-u-ca-buddhist", "UTC").day(noon + 24 * hour), "พรุ่งนี้");
});

test("figures", () => {
  equal(percent("en", 0.81), "81%");
  equal([500, 2048, 10_485_760, 1_572_864].map((n) => spaced(fileSize("en", n))), ["500 bytes", "2 kB", "10 MB", "1.5 MB"]);
  equal(listed("en", ["needs an answer", "3 unread", "late"]), "needs an answer, 3 unread, late");
});

test("figures: kinds of files", () => {
  const types = ["image/*", "image/svg+xml", "application/pdf", "text/plain", "application/x-tar", "audio/*"];
  equal(fileKinds(desk, types), "images, SVG, PDF, TXT, TAR, audio/*");
});
