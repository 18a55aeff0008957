import { serve } from "../resource-provider";
import { nomadPlugin } from "./plugin";

serve(nomadPlugin());
