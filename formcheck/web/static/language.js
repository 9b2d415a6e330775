// The words of a page in its language, looked up by their English.

const answer = await fetch("/static/phrases.json").catch(() => null);
const phrases = answer?.ok ? await answer.json() : {};

export const LANGUAGE = document.documentElement.lang;

export function translate(english, values = {}) {
  return (phrases[english] ?? english).replace(/{(\w+)}/g, (whole, name) => values[name] ?? whole);
}

// A number with so many decimals, as the language writes it.
export function writeNumber(number, decimals = 0) {
  return number.toLocaleString(LANGUAGE, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}
