import * as z from "zod";

const DAY = /(\d{4})-(\d\d)-(\d\d)/;
const TIME = /([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.\d+)?/;
const OFFSET = /[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d)/;
const INSTANT = new RegExp(`^${DAY.source}[Tt]${TIME.source}(?:${OFFSET.source})$`);

/** Whether a text is an instant of RFC 3339: a day that is one, a leap second where one may be. */
function isInstant(text: string): boolean {
  const found = INSTANT.exec(text);
  if (!found) return false;
  const numbers = found.slice(1, 7).map(Number);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = numbers;
  const leaps = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leaps ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  const offset = Number(found[8] ?? 0) * 60 + Number(found[9] ?? 0);
  const inUtc = (hour * 60 + minute + (found[7] === "-" ? offset : 1440 - offset)) % 1440;
  return day >= 1 && day <= days && (second < 60 || inUtc === 1439);
}

const instant = z
  .string()
  .refine(isInstant, { error: "is an instant with Z or an offset (RFC 3339)" });

/** Anything, so long as it is there. */
const present = z.unknown().refine((value) => value !== undefined, { error: "is required" });
