/** Whose language models we can ask. In the order of preference where the configuration does not say. */
export const modelProviders = ['anthropic', 'openai', 'ollama'] as const;
export type ModelProvider = (typeof modelProviders)[number];

/** How hard a task is for a model; each provider has one model for each. */
export const complexities = ['low', 'medium', 'high'] as const;
export type Complexity = (typeof complexities)[number];

/**
 * How a model is made to answer in shape. `schema`: the provider holds it to a JSON Schema while it writes. `tool`: it
 * calls one tool, `answer`, whose parameters are the answer. `text`: it is told the schema and writes JSON by itself.
 */
export const answerDialects = ['schema', 'tool', 'text'] as const;
export type AnswerDialect = (typeof answerDialects)[number];

/** What a model is wanted for; all that the router decides by. */
export interface ModelTask {
  /**
   * `status`: say how something is. `change`: plan for one resource by its delta. `orchestration`: plan over several
   * resources. `diagnosis`: find what is wrong, for healing.
   */
  readonly purpose: 'status' | 'change' | 'orchestration' | 'diagnosis';
  /** What is to be done to the one resource of a `change`. */
  readonly operation?: 'create' | 'update' | 'delete';
  /** How many fields differ. */
  readonly changes?: number;
  /** How many resources the plan is about; one when it is not said. */
  readonly resources?: number;
}

/** One model that may be asked. */
export interface ModelChoice {
  readonly provider: ModelProvider;
  readonly model: string;
  readonly complexity: Complexity;
  /** Why this one, for logs and people. */
  readonly reason: string;
}

/** Who said something. */
export type ModelName = Pick<ModelChoice, 'provider' | 'model'>;

export function showModel({ provider, model }: ModelName): string {
  return `${provider} ${model}`;
}

/** The models to ask, the first first; each next one stands in where those before it fail. Empty: none is configured. */
export type ModelRoute = readonly ModelChoice[];
