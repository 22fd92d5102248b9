import "../styles/dialog.css";
import "../styles/rating.css";

import { useEffect, useRef, useState } from "preact/hooks";
import type { Ui } from "../ui";
import { end, rate } from "../verbs";

const SCORES = [1, 2, 3, 4, 5];

export function Ending({ ui: { session, words }, done }: { ui: Ui; done: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="ending" onClose={done}>
      <h2 id="ending">{words.say("end.question")}</h2>
      <p>{words.say("end.explained")}</p>
      <div class="row">
        <button class="button plain" onClick={done}>{words.say("end.no")}</button>
        <button class="button" onClick={() => (done(), void end(session))}>{words.say("end.yes")}</button>
      </div>
    </dialog>
  );
}

export function Rating({ ui, score }: { ui: Ui; score: number | undefined }) {
  const { session, words } = ui;
  const [chosen, setChosen] = useState(0);
  const [comment, setComment] = useState("");
  if (score) return <p class="rated" role="status"><span aria-hidden="true">{"★".repeat(score)}</span> {words.say("rating.thanks")}</p>;
  return (
    <form class="rating" onSubmit={(event) => (event.preventDefault(), void rate(session, chosen, comment))}>
      <fieldset>
        <legend>{words.say("rating.question")}</legend>
        {SCORES.map((one) => (
          <label key={one} class={one <= chosen ? "star on" : "star"}>
            <input type="radio" name="score" value={one} checked={one === chosen} onChange={() => setChosen(one)} aria-label={words.say("rating.stars", { score: one })} />
            <span aria-hidden="true">★</span>
          </label>
        ))}
      </fieldset>
      {chosen > 0 && (
        <>
          <label class="hidden" for="comment">{words.say("rating.comment")}</label>
          <textarea id="comment" rows={2} maxLength={1000} value={comment} placeholder={words.say("rating.comment")} onInput={(event) => setComment(event.currentTarget.value)} />
          <button class="button wide">{words.say("rating.send")}</button>
        </>
      )}
    </form>
  );
}
