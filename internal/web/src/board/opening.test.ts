import { equal, test } from "../testing";
import { nextChange } from "./opening";
import type { Hours } from "./setup/wire";

const office: Hours = {
  hoursId: 4,
  name: "Office",
  zone: "Europe/Vienna",
  week: [
    { day: "MON", from: "13:00", to: "17:30" },
    { day: "MON", from: "08:00", to: "12:00" },
    { day: "SAT", from: "22:00", to: "24:00" },
    { day: "SUN", from: "00:00", to: "02:00" },
  ],
  holidays: [
    { name: "Christmas", date: "12-25", open: [] },
    { name: "Inventory", date: "2026-12-28", open: [{ from: "13:00", to: "15:00" }] },
  ],
};

/** The next change on the wall clock; in winter Vienna is an hour ahead of UTC. */
function change(utc: string, open: boolean, hours: Hours = office): string {
  const found = nextChange(hours, open, Date.parse(utc));
  return found === null ? "none" : `${found.days} ${found.time}`;
}

test("when open hours close, and closed ones open", () => {
  const cases: [string, boolean, string][] = [
    ["2026-11-23T08:00:00Z", true, "0 12:00"], // Monday 9:00
    ["2026-11-23T11:30:00Z", false, "0 13:00"], // Monday 12:30
    ["2026-11-23T15:00:00Z", true, "0 17:30"],
    ["2026-11-23T17:00:00Z", false, "5 22:00"], // until Saturday
    ["2026-11-28T22:30:00Z", true, "1 02:00"], // over midnight
    ["2026-11-29T00:30:00Z", true, "0 02:00"], // Sunday 1:30
    ["2026-12-28T08:00:00Z", false, "0 13:00"], // a Monday with hours of its own
    ["2026-12-28T12:30:00Z", true, "0 15:00"],
  ];
  for (const [utc, open, want] of cases) {
    equal(change(utc, open), want, utc);
  }
});

test("hours that never change, and that end at midnight", () => {
  const every = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"].map((day) => ({ day, from: "00:00", to: "24:00" }));
  equal(change("2026-11-23T08:00:00Z", true, { ...office, week: every, holidays: [] }), "none");
  equal(change("2026-11-23T08:00:00Z", true, { ...office, week: every.slice(0, 1), holidays: [] }), "0 24:00");
  equal(change("2026-11-23T08:00:00Z", false, { ...office, week: [] , holidays: [] }), "none");
});
