/** What stands behind the window's menu: downloaded when that is opened for the first time. */

import "../styles/dialog.css";
import "./more.css";

export { Mail } from "./Mail";
export { Options } from "./Options";
