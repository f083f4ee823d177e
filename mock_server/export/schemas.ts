import * as z from "zod";

const DATE = /(\d{4})-(\d\d)-(\d\d)/;
const TIME = /([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.\d+)?/;
const OFFSET = /[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d)/;
const TIMESTAMP = new RegExp(`^${DATE.source}[Tt]${TIME.source}(?:${OFFSET.source})$`);

/** Whether a string is a date-time of RFC 3339: an existing day, and a leap second only at 23:59 UTC. */
function isTimestamp(text: string): boolean {
  const match = TIMESTAMP.exec(text);
  if (!match) return false;
  const numbers = match.slice(1, 7).map(Number);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = numbers;
  const leapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  const offset = Number(match[8] ?? 0) * 60 + Number(match[9] ?? 0);
  const utcMinute = (hour * 60 + minute + (match[7] === "-" ? offset : 1440 - offset)) % 1440;
  return day >= 1 && day <= days && (second < 60 || utcMinute === 1439);
}

const timestamp = z
  .string()
  .refine(isTimestamp, { error: "must be a date-time with Z or an offset (RFC 3339)" });

/** Any value of a required property. */
const present = z.unknown().refine((value) => value !== undefined, { error: "is required" });
