/** Amounts as people write them. */

/** "12.5" yuan in the minor unit, as an exact integer; undefined when it is not an amount of this currency. */
export function toMinor(text: string, currency: string): number | undefined {
  const digits = minorDigits(currency);
  const match = /^[¥￥]?(\d{1,10})(?:\.(\d+))?$/.exec(text.normalize("NFKC").replace(/[,\s]/g, ""));
  const [, whole = "", fraction = ""] = match ?? [];
  if (!match || fraction.length > digits) return undefined;
  return Number(whole + fraction.padEnd(digits, "0"));
}

/** The other way, for a field that is filled in already. */
export function toMajor(amount: number, currency: string): string {
  const digits = minorDigits(currency);
  return (amount / 10 ** digits).toFixed(digits);
}

function minorDigits(currency: string): number {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}
