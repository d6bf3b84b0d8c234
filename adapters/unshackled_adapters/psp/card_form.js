// The fields of a card in a frame: the number stays here, the page around it gets a token.
const page = new URLSearchParams(location.search).get("origin") ?? "";
const form = document.querySelector("form");
const wrong = document.querySelector("[role=alert]");
const known = JSON.parse(form.dataset.tokens);

/** Tells the page around this one; only the origin that it named hears it. */
function tell(message) {
  if (page) parent.postMessage({source: "card-form", ...message}, page);
}

function tellHeight() {
  tell({type: "height", height: Math.ceil(document.documentElement.getBoundingClientRect().height)});
}

function luhn(digits) {
  const sum = [...digits].reverse().reduce((all, digit, at) => {
    const twice = at % 2 ? Number(digit) * 2 : Number(digit);
    return all + (twice > 9 ? twice - 9 : twice);
  }, 0);
  return sum % 10 === 0;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const number = form.elements.number.value.replace(/[\s-]/g, "");
  const expiry = /^(0[1-9]|1[0-2])\s*\/?\s*(\d\d)$/.test(form.elements.expiry.value.trim());
  const code = /^\d{3,4}$/.test(form.elements.code.value.trim());
  const fine = /^\d{12,19}$/.test(number) && luhn(number);
  wrong.textContent = fine ? (expiry && code ? "" : form.dataset.rest) : form.dataset.number;
  const first = fine ? (expiry ? form.elements.code : form.elements.expiry) : form.elements.number;
  tellHeight();
  if (wrong.textContent) return first.focus();
  const token = known[number] ?? `tok_card_${crypto.randomUUID().replaceAll("-", "")}`;
  tell({type: "token", token, label: `•••• ${number.slice(-4)}`});
});

form.elements.number.addEventListener("input", ({target}) => {
  const digits = target.value.replace(/\D/g, "").slice(0, 19);
  target.value = digits.replace(/(\d{4})(?=\d)/g, "$1 ");
});
form.elements.expiry.addEventListener("input", ({target, inputType}) => {
  const digits = target.value.replace(/\D/g, "").slice(0, 4);
  const open = digits.length === 2 && inputType !== "deleteContentBackward";
  target.value = digits.length > 2 || open ? `${digits.slice(0, 2)} / ${digits.slice(2)}` : digits;
});
new ResizeObserver(tellHeight).observe(document.documentElement);
tellHeight();
