/** What stands behind the window's menu: downloaded when that is opened for the first time. */

import "./more.css";

export { Options } from "./Options";
