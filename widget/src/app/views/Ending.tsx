import "../styles/dialog.css";
import "../styles/rating.css";

import { useEffect, useRef, useState } from "preact/hooks";
import type { Ui } from "../ui";
import { end, rate } from "../verbs";

const SCORES = [1, 2, 3, 4, 5];
const GOOD = 4; // and better: what went well is asked, else what went wrong
const REASONS = { good: ["quick", "clear", "friendly", "solved"], bad: ["slow", "unclear", "unfriendly", "unsolved"] } as const;

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
  const [reasons, setReasons] = useState<readonly string[]>([]);
  const offered = REASONS[chosen >= GOOD ? "good" : "bad"].map((one) => words.say(`rating.${one}`));
  const send = (): void => {
    const given = offered.filter((one) => reasons.includes(one)).join(words.say("rating.and"));
    void rate(session, chosen, [given, comment.trim()].filter(Boolean).join(" · "));
  };
  if (score) return <p class="rated" role="status"><span aria-hidden="true">{"★".repeat(score)}</span> {words.say("rating.thanks")}</p>;
  return (
    <form class="rating" onSubmit={(event) => (event.preventDefault(), send())}>
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
          <fieldset class="reasons">
            <legend>{words.say(chosen >= GOOD ? "rating.good" : "rating.bad")}</legend>
            {offered.map((one) => (
              <label key={one} class="reason">
                <input type="checkbox" checked={reasons.includes(one)} onChange={({ currentTarget }) => setReasons(currentTarget.checked ? [...reasons, one] : reasons.filter((other) => other !== one))} />
                {one}
              </label>
            ))}
          </fieldset>
          <label class="hidden" for="comment">{words.say("rating.comment")}</label>
          <textarea id="comment" rows={2} maxLength={900} value={comment} placeholder={words.say("rating.comment")} onInput={(event) => setComment(event.currentTarget.value)} />
          <button class="button wide">{words.say("rating.send")}</button>
        </>
      )}
    </form>
  );
}
