"""Contact centres: lines with queues, agent groups on shifts, voice, chat, self-service and outbound calls."""
