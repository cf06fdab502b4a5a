export { createScreening } from "./screening.ts";
