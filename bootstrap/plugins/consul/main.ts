import { serve } from "../resource-provider";
import { consulPlugin } from "./plugin";

serve(consulPlugin());
