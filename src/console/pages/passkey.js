// The only script of these pages: asks the browser's authenticator, and hands its answer on. Whether it is right, the server decides.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const known = (keys = []) => keys.map((key) => ({ ...key, id: bytes(key.id) }));

const problem = (form, sentence) => {
  const place = form.querySelector("#passkey-problem");
  place.textContent = sentence;
  place.hidden = false;
};

async function post(path, csrf, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-csrf-token": csrf },
    body: JSON.stringify(body),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.title ?? "The server did not take it.");
  return told;
}

const said = (error) =>
  error instanceof DOMException
    ? "The passkey was not used: it was cancelled, took too long, or is not one of yours. Try again."
    : error.message;

async function sign(form) {
  const { challenge, options } = await post(form.dataset.stepUp, form.dataset.csrf, { answer: "approve" });
  const { id, rawId, type, response } = await navigator.credentials.get({
    publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials) },
  });
  const { clientDataJSON, authenticatorData, signature } = response;
  return {
    challenge,
    response: {
      id,
      rawId: text(rawId),
      type,
      response: {
        clientDataJSON: text(clientDataJSON),
        authenticatorData: text(authenticatorData),
        signature: text(signature),
      },
    },
  };
}

async function add(form) {
  const { challenge, options } = await post("/api/passkeys/begin", form.dataset.csrf, {});
  const { id, rawId, type, response } = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: known(options.excludeCredentials),
    },
  });
  await post("/api/passkeys", form.dataset.csrf, {
    challenge,
    name: form.elements.name.value,
    response: {
      id,
      rawId: text(rawId),
      type,
      response: {
        clientDataJSON: text(response.clientDataJSON),
        attestationObject: text(response.attestationObject),
        transports: response.getTransports?.() ?? [],
      },
    },
  });
  location.assign("/passkeys");
}

for (const form of document.querySelectorAll("form[data-step-up]"))
  form.addEventListener("submit", (event) => {
    const { submitter } = event;
    if (submitter?.value !== "approve" || form.elements.proof.value !== "") return;
    event.preventDefault();
    sign(form).then(
      (proof) => {
        form.elements.proof.value = JSON.stringify(proof);
        form.requestSubmit(submitter);
      },
      (error) => problem(form, said(error)),
    );
  });

for (const form of document.querySelectorAll("form[data-passkey-add]"))
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    add(form).catch((error) => problem(form, said(error)));
  });
