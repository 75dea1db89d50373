import { Scene, type BrokerUnderTest } from './scene';
import { whenAConsumerGoes } from './when-a-consumer-goes';
import { whenAMessageIsPoison } from './when-a-message-is-poison';
import { whenAQueueIsFull } from './when-a-queue-is-full';
import { whenAStrangerAsksForAReply } from './when-a-stranger-asks-for-a-reply';
import { whenCalling } from './when-calling';
import { whenConsumersCompete } from './when-consumers-compete';
import { whenDeclaring } from './when-declaring';
import { whenDraining } from './when-draining';
import { whenInfrastructureFails } from './when-infrastructure-fails';
import { whenMatchingTopics } from './when-matching-topics';
import { whenNoQueueWantsIt } from './when-no-queue-wants-it';
import { whenOrderMatters } from './when-order-matters';
import { whenOtherSystemsPublish } from './when-other-systems-publish';
import { whenPublishing } from './when-publishing';

const behaviours = {
  'when publishing': whenPublishing,
  'when no queue wants it': whenNoQueueWantsIt,
  'when matching topics': whenMatchingTopics,
  'when consumers compete': whenConsumersCompete,
  'when a consumer goes': whenAConsumerGoes,
  'when a message is poison': whenAMessageIsPoison,
  'when infrastructure fails': whenInfrastructureFails,
  'when calling': whenCalling,
  'when a stranger asks for a reply': whenAStrangerAsksForAReply,
  'when draining': whenDraining,
  'when other systems publish': whenOtherSystemsPublish,
  'when order matters': whenOrderMatters,
  'when a queue is full': whenAQueueIsFull,
  'when declaring': whenDeclaring,
} as const;

/** Holds a broker to the contract that the rest of DCM relies on: one behaviour per file. */
export function describeBrokerContract(name: string, tested: BrokerUnderTest): void {
  describe(name, () => {
    let scene: Scene;
    beforeEach(() => {
      scene = new Scene(tested);
    });
    afterEach(() => scene.end());
    for (const [title, behaviour] of Object.entries(behaviours))
      describe(title, () => {
        behaviour(() => scene);
      });
  });
}
