import { defineEvent } from '@quotewire/bus';
import { type Static, Type } from 'typebox';

/** One message of the chat; also the data that browsers receive. */
export const ChatMessage = Type.Object({
  id: Type.String({ minLength: 1, description: 'A UUID.' }),
  sender: Type.String({ minLength: 1, maxLength: 50 }),
  message: Type.String({ minLength: 1, maxLength: 2_000 }),
  sentAt: Type.String({ description: 'RFC 3339, UTC.' }),
});
export type ChatMessage = Static<typeof ChatMessage>;

/** A user posted a message in the chat. */
export const messagePosted = defineEvent({
  exchange: 'chat',
  routingKey: 'message.posted',
  data: ChatMessage,
});
