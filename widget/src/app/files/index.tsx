/** Files and the form for evidence: downloaded by itself, when a conversation is on the screen. */

import "./files.css";

export { Attach } from "./Attach";
export { EvidenceForm } from "./EvidenceForm";
export { FileCard } from "./FileCard";
