import { serve } from "../resource-provider";
import { random } from "./plugin";

serve(random);
