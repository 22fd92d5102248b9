import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, describe, expect, test } from "vitest";
import { Rich } from "../src/app/rich";
import type { Ui } from "../src/app/ui";

afterEach(() => act(() => render(null, document.body)));

function html(text: string, base?: string): string {
  act(() => render(<Rich ui={{} as Ui} text={text} {...(base ? { base } : {})} />, document.body));
  return document.querySelector(".rich")!.innerHTML.replace(/ class="text"/g, "");
}

describe("simple Markdown", () => {
  test.each([
    ["请用 **原路退回**，*不要* 填 `QY-1`", "<p>请用 <strong>原路退回</strong>，<em>不要</em> 填 <code>QY-1</code></p>"],
    ["第一行\n第二行\n\n另一段", "<p>第一行\n第二行</p><p>另一段</p>"],
    ["步骤：\n1. 打开订单\n2. 点**退款**", "<p>步骤：</p><ol start=\"1\"><li>打开订单</li><li>点<strong>退款</strong></li></ol>"],
    ["- 一\n  接着\n- 二", "<ul><li>一\n接着</li><li>二</li></ul>"],
    ["## 期限\n> 十四天", '<p class="heading"><strong>期限</strong></p><blockquote><p>十四天</p></blockquote>'],
    ["```\na < b\n```", "<pre><code>a &lt; b</code></pre>"],
    ["```\n没有结尾", "<pre><code>没有结尾</code></pre>"],
    ["3*4*5，order_number_1，2 * 3 * 4", "<p>3*4*5，order_number_1，2 * 3 * 4</p>"],
    ["**没有结尾", "<p>**没有结尾</p>"],
    ["", ""],
  ])("%j", (text, expected) => expect(html(text)).toBe(expected));

  test("leads to pages, mail and telephones, and relative links to where the article stands", () => {
    html("[政策](../policies/refunds) [首页](https://shop.example/a) [邮件](mailto:a@b.example) [电话](tel:+861)", "/help/demo/zh-CN/apply");
    const links = [...document.querySelectorAll("a")].map(({ href, rel, target }) => [href, rel, target]);
    const away = "noopener noreferrer nofollow";
    expect(links).toEqual([
      [`${location.origin}/help/demo/policies/refunds`, "noopener", "_blank"],
      ["https://shop.example/a", away, "_blank"],
      ["mailto:a@b.example", away, "_blank"],
      ["tel:+861", away, "_blank"],
    ]);
  });

  test.each([
    "[点这里](javascript:alert(1))",
    "[点这里](data:text/html,x)",
    "[点这里](../apply)", // of no page
    "[www.bank.example](tel:1)",
    "[https://bank.example](mailto:thief@evil.example)",
  ])("makes no link of %j", (text) => {
    html(text);
    expect(document.querySelector("a")).toBeNull();
    expect(document.body.textContent).toContain(text.slice(1, text.indexOf("]")));
  });

  test.each(['<img src=x onerror="alert(1)">', "**<script>alert(1)</script>**", "[<b>x</b>](https://a.example/<b>)"])("keeps HTML as text: %j", (text) => {
    html(text);
    expect(document.querySelector(".rich img, .rich script, .rich b")).toBeNull();
  });
});
