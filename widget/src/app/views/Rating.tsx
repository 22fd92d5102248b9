import "../styles/rating.css";

import { useState } from "preact/hooks";
import type { Ui } from "../ui";
import { rate } from "../verbs";

const SCORES = [1, 2, 3, 4, 5];

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
