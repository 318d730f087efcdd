/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generic netlink family "synos", without a library.
 *
 * What takes a struct synos_nl returns 0, or -1 with errno set.  If that errno
 * came from the kernel, nl->error has the words it came with, if any.
 *
 * Answers to requests and what comes unasked for share the socket.  Whatever is
 * received while waiting for something else is queued, and so nothing is lost.
 */
#ifndef SYNOS_NETLINK_H
#define SYNOS_NETLINK_H

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/synos_ai.h>
#include <linux/synos_netlink.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* For those who have no use for waiting longer; in ms. */
#define SYNOS_NL_PATIENCE	10000

/* More than any attribute of the family. */
#define SYNOS_NL_ATTRS		16

/* A message, to be sent or received. */
struct synos_nl_msg {
	struct synos_nl_msg *next;
	union {
		struct nlmsghdr nlh;
		char buf[4096];
	};
};

struct synos_nl {
	int fd;
	uint32_t port;
	uint16_t family;
	uint32_t group;			/* of the events */
	uint32_t seq;			/* of the last request */
	int lost;			/* events, and nobody was told yet */
	char error[128];
	struct synos_nl_msg *first;	/* received, and not taken yet */
	struct synos_nl_msg **last;
};

/* What the daemon is asked. */
struct synos_nl_query {
	uint64_t id, deadline;
	uint32_t pid, uid;
	char text[SYNOS_QUERY_LEN];
	uint32_t has;			/* bit n: attribute n was there */
};

struct synos_nl_event {
	uint64_t seq, timestamp, missed;
	uint32_t type, severity, pid, uid;
	char description[SYNOS_DESCRIPTION_LEN];
	uint32_t has;
};

/* -- the socket ----------------------------------------------------------- */

static inline void synos_nl_close(struct synos_nl *nl)
{
	int err = errno;

	while (nl->first) {
		struct synos_nl_msg *msg = nl->first;

		nl->first = msg->next;
		free(msg);
	}
	nl->last = &nl->first;
	if (nl->fd >= 0)
		close(nl->fd);
	nl->fd = -1;
	errno = err;
}

/* Takes over a socket that is bound already. */
static inline int synos_nl_adopt(struct synos_nl *nl, int fd)
{
	struct sockaddr_nl address;
	socklen_t len = sizeof(address);
	int on = 1;

	memset(nl, 0, sizeof(*nl));
	nl->last = &nl->first;
	nl->fd = fd;
	/* Both are a convenience only: the words, and no copy of the request. */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	if (getsockname(fd, (struct sockaddr *)&address, &len))
		return -1;
	nl->port = address.nl_pid;
	return 0;
}

/* @port is 0 for one that the kernel chooses. */
static inline int synos_nl_socket(struct synos_nl *nl, uint32_t port)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_pid = port,
	};
	int fd;

	memset(nl, 0, sizeof(*nl));
	nl->last = &nl->first;
	nl->fd = -1;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    synos_nl_adopt(nl, fd)) {
		nl->fd = fd;
		synos_nl_close(nl);
		return -1;
	}
	return 0;
}

/* -- messages ------------------------------------------------------------- */

static inline void synos_nl_begin(struct synos_nl_msg *msg, uint16_t type,
				  uint8_t cmd, uint16_t flags)
{
	struct genlmsghdr *genl;

	memset(msg, 0, sizeof(*msg));
	msg->nlh.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	msg->nlh.nlmsg_type = type;
	msg->nlh.nlmsg_flags = NLM_F_REQUEST | flags;
	genl = NLMSG_DATA(&msg->nlh);
	genl->cmd = cmd;
	genl->version = SYNOS_FAMILY_VERSION;
}

static inline void synos_nl_put(struct synos_nl_msg *msg, uint16_t type,
				const void *data, size_t len)
{
	size_t at = NLMSG_ALIGN(msg->nlh.nlmsg_len);
	struct nlattr *attr = (struct nlattr *)(msg->buf + at);

	/* No caller wants more, and none could handle it. */
	if (at + NLA_HDRLEN + NLA_ALIGN(len) > sizeof(msg->buf))
		abort();
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy((char *)attr + NLA_HDRLEN, data, len);
	msg->nlh.nlmsg_len = at + NLA_HDRLEN + NLA_ALIGN(len);
}

static inline void synos_nl_put_u32(struct synos_nl_msg *msg, uint16_t type,
				    uint32_t value)
{
	synos_nl_put(msg, type, &value, sizeof(value));
}

static inline void synos_nl_put_u64(struct synos_nl_msg *msg, uint16_t type,
				    uint64_t value)
{
	synos_nl_put(msg, type, &value, sizeof(value));
}

static inline void synos_nl_put_string(struct synos_nl_msg *msg, uint16_t type,
				       const char *value)
{
	synos_nl_put(msg, type, value, strlen(value) + 1);
}

/* Sorts the attributes from @at to @end by type.  Those unknown are left out. */
static inline void synos_nl_attrs(const char *at, const char *end,
				  const struct nlattr *attrs[SYNOS_NL_ATTRS])
{
	memset(attrs, 0, SYNOS_NL_ATTRS * sizeof(attrs[0]));
	while (end - at >= NLA_HDRLEN) {
		const struct nlattr *attr = (const struct nlattr *)at;
		unsigned int type = attr->nla_type & NLA_TYPE_MASK;

		if (attr->nla_len < NLA_HDRLEN || attr->nla_len > end - at)
			return;
		if (type < SYNOS_NL_ATTRS)
			attrs[type] = attr;
		if (end - at < NLA_ALIGN(attr->nla_len))
			return;
		at += NLA_ALIGN(attr->nla_len);
	}
}

static inline void synos_nl_parse(const struct synos_nl_msg *msg,
				  const struct nlattr *attrs[SYNOS_NL_ATTRS])
{
	synos_nl_attrs(msg->buf + NLMSG_LENGTH(GENL_HDRLEN),
		       msg->buf + msg->nlh.nlmsg_len, attrs);
}

static inline const void *synos_nl_data(const struct nlattr *attr)
{
	return (const char *)attr + NLA_HDRLEN;
}

static inline size_t synos_nl_len(const struct nlattr *attr)
{
	return attr->nla_len - NLA_HDRLEN;
}

/* 0 if it is not there, or not what it should be. */
static inline uint64_t synos_nl_number(const struct nlattr *attr)
{
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;

	if (!attr)
		return 0;
	switch (synos_nl_len(attr)) {
	case sizeof(u16):
		memcpy(&u16, synos_nl_data(attr), sizeof(u16));
		return u16;
	case sizeof(u32):
		memcpy(&u32, synos_nl_data(attr), sizeof(u32));
		return u32;
	case sizeof(u64):
		memcpy(&u64, synos_nl_data(attr), sizeof(u64));
		return u64;
	}
	return 0;
}

static inline void synos_nl_string(const struct nlattr *attr, char *to,
				   size_t size)
{
	size_t len = attr ? synos_nl_len(attr) : 0;

	if (len > size - 1)
		len = size - 1;
	if (len)
		memcpy(to, synos_nl_data(attr), len);
	to[len] = '\0';
}

static inline uint32_t
synos_nl_has(const struct nlattr *attrs[SYNOS_NL_ATTRS])
{
	uint32_t has = 0;
	int i;

	for (i = 0; i < SYNOS_NL_ATTRS; i++)
		if (attrs[i])
			has |= 1u << i;
	return has;
}

/* -- sending and receiving ------------------------------------------------ */

/*
 * Without an address: it goes to the kernel, and that looks at who opened the
 * socket as well as at who sends.
 */
static inline int synos_nl_send(struct synos_nl *nl, struct synos_nl_msg *msg)
{
	ssize_t n;

	nl->error[0] = '\0';
	if (!++nl->seq)
		nl->seq = 1;
	msg->nlh.nlmsg_seq = nl->seq;
	n = send(nl->fd, msg->buf, msg->nlh.nlmsg_len, 0);
	if (n < 0)
		return -1;
	if (n != msg->nlh.nlmsg_len) {
		errno = EIO;
		return -1;
	}
	return 0;
}

static inline int64_t synos_nl_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* Queues what comes next.  EAGAIN if that takes more than @timeout ms. */
static inline int synos_nl_receive(struct synos_nl *nl, int timeout)
{
	struct pollfd pollfd = { .fd = nl->fd, .events = POLLIN };
	struct sockaddr_nl from = { 0 };
	socklen_t len = sizeof(from);
	struct nlmsghdr *nlh;
	char buf[32768];
	ssize_t n;
	int left;

	if (timeout) {
		n = poll(&pollfd, 1, timeout);
		if (n < 0)
			return -1;
		if (!n) {
			errno = EAGAIN;
			return -1;
		}
	}
	n = recvfrom(nl->fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_TRUNC,
		     (struct sockaddr *)&from, &len);
	if (n < 0)
		return -1;
	if (n > (ssize_t)sizeof(buf)) {
		errno = EMSGSIZE;
		return -1;
	}
	/* The kernel is 0; nobody else has anything to say here. */
	if (from.nl_pid)
		return 0;

	left = n;
	for (nlh = (struct nlmsghdr *)buf; NLMSG_OK(nlh, left);
	     nlh = NLMSG_NEXT(nlh, left)) {
		struct synos_nl_msg *msg;

		msg = calloc(1, sizeof(*msg));
		if (!msg)
			return -1;
		if (nlh->nlmsg_len > sizeof(msg->buf)) {
			free(msg);
			errno = EMSGSIZE;
			return -1;
		}
		memcpy(msg->buf, nlh, nlh->nlmsg_len);
		*nl->last = msg;
		nl->last = &msg->next;
	}
	return 0;
}

/*
 * Takes the first message that is a reply to request @seq, or, if that is 0,
 * the first one of the family with command @cmd, and waits for it for up to
 * @timeout ms.  It is the caller's to free.  NULL with errno set if there is
 * none.
 */
static inline struct synos_nl_msg *
synos_nl_take(struct synos_nl *nl, uint32_t seq, uint8_t cmd, int timeout)
{
	int64_t end = synos_nl_now_ms() + timeout;

	for (;;) {
		struct synos_nl_msg **at, *msg;
		int64_t left;

		for (at = &nl->first; *at; at = &(*at)->next) {
			const struct genlmsghdr *genl;

			msg = *at;
			genl = NLMSG_DATA(&msg->nlh);
			if (seq ? msg->nlh.nlmsg_seq != seq :
				  (msg->nlh.nlmsg_type != nl->family ||
				   genl->cmd != cmd))
				continue;
			*at = msg->next;
			if (!*at)
				nl->last = at;
			msg->next = NULL;
			return msg;
		}
		left = end - synos_nl_now_ms();
		if (synos_nl_receive(nl, left > 0 ? left : 0))
			return NULL;
	}
}

/* What an NLMSG_ERROR or NLMSG_DONE says; 0 is fine. */
static inline int synos_nl_result(struct synos_nl *nl,
				  const struct synos_nl_msg *msg)
{
	const struct nlattr *attrs[SYNOS_NL_ATTRS];
	const char *at = NLMSG_DATA(&msg->nlh);
	int err;

	if (msg->nlh.nlmsg_len < NLMSG_LENGTH(sizeof(err))) {
		errno = EBADMSG;
		return -1;
	}
	memcpy(&err, at, sizeof(err));
	if (msg->nlh.nlmsg_flags & NLM_F_ACK_TLVS) {
		at += msg->nlh.nlmsg_type == NLMSG_DONE ? sizeof(err) :
							   sizeof(struct nlmsgerr);
		synos_nl_attrs(at, msg->buf + msg->nlh.nlmsg_len, attrs);
		synos_nl_string(attrs[NLMSGERR_ATTR_MSG], nl->error,
				sizeof(nl->error));
	}
	if (!err)
		return 0;
	errno = -err;
	return -1;
}

/*
 * Sends a request, and waits for its acknowledgment.  If there was no room for
 * that, nobody knows what became of the request: ENOBUFS.
 */
static inline int synos_nl_call(struct synos_nl *nl, struct synos_nl_msg *request)
{
	struct synos_nl_msg *msg;
	int ret;

	request->nlh.nlmsg_flags |= NLM_F_ACK;
	if (synos_nl_send(nl, request))
		return -1;
	msg = synos_nl_take(nl, nl->seq, 0, SYNOS_NL_PATIENCE);
	if (!msg && errno == ENOBUFS) {
		/* That something got lost; but not what, or for whom. */
		nl->lost = 1;
		msg = synos_nl_take(nl, nl->seq, 0, 0);
		if (!msg)
			errno = ENOBUFS;
	}
	if (!msg)
		return -1;
	if (msg->nlh.nlmsg_type == NLMSG_ERROR) {
		ret = synos_nl_result(nl, msg);
	} else {
		errno = EBADMSG;
		ret = -1;
	}
	free(msg);
	return ret;
}

/* -- the family ----------------------------------------------------------- */

/* Asks about it.  The reply is the caller's to free. */
static inline struct synos_nl_msg *synos_nl_get_family(struct synos_nl *nl)
{
	struct synos_nl_msg request, *msg;

	synos_nl_begin(&request, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	synos_nl_put_string(&request, CTRL_ATTR_FAMILY_NAME, SYNOS_FAMILY_NAME);
	if (synos_nl_send(nl, &request))
		return NULL;
	msg = synos_nl_take(nl, nl->seq, 0, SYNOS_NL_PATIENCE);
	if (!msg)
		return NULL;
	if (msg->nlh.nlmsg_type == NLMSG_ERROR) {
		if (!synos_nl_result(nl, msg))
			errno = EBADMSG;
		free(msg);
		return NULL;
	}
	return msg;
}

/* ENOENT if it is not there. */
static inline int synos_nl_resolve(struct synos_nl *nl)
{
	const struct nlattr *attrs[SYNOS_NL_ATTRS], *groups;
	struct synos_nl_msg *msg;
	const char *at, *end;

	msg = synos_nl_get_family(nl);
	if (!msg)
		return -1;
	synos_nl_parse(msg, attrs);
	nl->family = synos_nl_number(attrs[CTRL_ATTR_FAMILY_ID]);
	groups = attrs[CTRL_ATTR_MCAST_GROUPS];
	at = groups ? synos_nl_data(groups) : NULL;
	end = groups ? at + synos_nl_len(groups) : NULL;
	while (end - at >= NLA_HDRLEN) {
		const struct nlattr *group = (const struct nlattr *)at;
		char name[GENL_NAMSIZ];

		if (group->nla_len < NLA_HDRLEN || group->nla_len > end - at)
			break;
		synos_nl_attrs(at + NLA_HDRLEN, at + group->nla_len, attrs);
		synos_nl_string(attrs[CTRL_ATTR_MCAST_GRP_NAME], name,
				sizeof(name));
		if (!strcmp(name, SYNOS_MCGRP_EVENTS))
			nl->group = synos_nl_number(attrs[CTRL_ATTR_MCAST_GRP_ID]);
		at += NLA_ALIGN(group->nla_len);
	}
	free(msg);
	if (!nl->family || !nl->group) {
		errno = EPROTO;
		return -1;
	}
	return 0;
}

static inline int synos_nl_open(struct synos_nl *nl)
{
	if (synos_nl_socket(nl, 0))
		return -1;
	if (synos_nl_resolve(nl)) {
		synos_nl_close(nl);
		return -1;
	}
	return 0;
}

/* Has the questions to the daemon that registered with @fd come here. */
static inline int synos_nl_join(struct synos_nl *nl, int fd)
{
	struct synos_nl_msg msg;

	synos_nl_begin(&msg, nl->family, SYNOS_CMD_JOIN, 0);
	synos_nl_put_u32(&msg, SYNOS_A_DAEMON_FD, fd);
	return synos_nl_call(nl, &msg);
}

/* Waits for a question; EAGAIN after @timeout ms. */
static inline int synos_nl_next_query(struct synos_nl *nl,
				      struct synos_nl_query *query, int timeout)
{
	const struct nlattr *attrs[SYNOS_NL_ATTRS];
	struct synos_nl_msg *msg;

	msg = synos_nl_take(nl, 0, SYNOS_CMD_QUERY, timeout);
	if (!msg)
		return -1;
	synos_nl_parse(msg, attrs);
	memset(query, 0, sizeof(*query));
	query->id = synos_nl_number(attrs[SYNOS_A_QUERY_ID]);
	query->deadline = synos_nl_number(attrs[SYNOS_A_QUERY_DEADLINE]);
	query->pid = synos_nl_number(attrs[SYNOS_A_QUERY_PID]);
	query->uid = synos_nl_number(attrs[SYNOS_A_QUERY_UID]);
	synos_nl_string(attrs[SYNOS_A_QUERY_TEXT], query->text,
			sizeof(query->text));
	query->has = synos_nl_has(attrs);
	free(msg);
	return 0;
}

static inline int synos_nl_answer(struct synos_nl *nl, uint64_t id,
				  const char *text, uint32_t confidence)
{
	struct synos_nl_msg msg;

	synos_nl_begin(&msg, nl->family, SYNOS_CMD_ANSWER, 0);
	synos_nl_put_u64(&msg, SYNOS_A_ANSWER_ID, id);
	synos_nl_put_string(&msg, SYNOS_A_ANSWER_TEXT, text);
	synos_nl_put_u32(&msg, SYNOS_A_ANSWER_CONFIDENCE, confidence);
	return synos_nl_call(nl, &msg);
}

/* Has the events that are logged from now on come here. */
static inline int synos_nl_subscribe(struct synos_nl *nl)
{
	return setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
			  &nl->group, sizeof(nl->group));
}

static inline int synos_nl_unsubscribe(struct synos_nl *nl)
{
	return setsockopt(nl->fd, SOL_NETLINK, NETLINK_DROP_MEMBERSHIP,
			  &nl->group, sizeof(nl->group));
}

/* Only those of them that match; -1 is any. */
static inline int synos_nl_filter(struct synos_nl *nl, int min_severity,
				  int types)
{
	struct synos_nl_msg msg;

	synos_nl_begin(&msg, nl->family, SYNOS_CMD_FILTER, 0);
	if (min_severity != -1)
		synos_nl_put_u32(&msg, SYNOS_A_FILTER_MIN_SEVERITY,
				 min_severity);
	if (types != -1)
		synos_nl_put_u32(&msg, SYNOS_A_FILTER_TYPES, types);
	return synos_nl_call(nl, &msg);
}

static inline void synos_nl_parse_event(const struct synos_nl_msg *msg,
					struct synos_nl_event *event)
{
	const struct nlattr *attrs[SYNOS_NL_ATTRS];

	synos_nl_parse(msg, attrs);
	memset(event, 0, sizeof(*event));
	event->seq = synos_nl_number(attrs[SYNOS_A_EVENT_SEQ]);
	event->timestamp = synos_nl_number(attrs[SYNOS_A_EVENT_TIMESTAMP]);
	event->missed = synos_nl_number(attrs[SYNOS_A_EVENT_MISSED]);
	event->type = synos_nl_number(attrs[SYNOS_A_EVENT_TYPE]);
	event->severity = synos_nl_number(attrs[SYNOS_A_EVENT_SEVERITY]);
	event->pid = synos_nl_number(attrs[SYNOS_A_EVENT_PID]);
	event->uid = synos_nl_number(attrs[SYNOS_A_EVENT_UID]);
	synos_nl_string(attrs[SYNOS_A_EVENT_DESCRIPTION], event->description,
			sizeof(event->description));
	event->has = synos_nl_has(attrs);
}

/* Waits for an event; EAGAIN after @timeout ms, ENOBUFS if some got lost. */
static inline int synos_nl_next_event(struct synos_nl *nl,
				      struct synos_nl_event *event, int timeout)
{
	struct synos_nl_msg *msg;

	if (nl->lost) {
		nl->lost = 0;
		errno = ENOBUFS;
		return -1;
	}
	msg = synos_nl_take(nl, 0, SYNOS_CMD_EVENT_NTF, timeout);
	if (!msg)
		return -1;
	synos_nl_parse_event(msg, event);
	free(msg);
	return 0;
}

/*
 * Asks for the events held, from number @from on; 0 is all.  To be followed by
 * synos_nl_dump_next() until that does not return 1, and no other request until
 * then.
 */
static inline int synos_nl_dump(struct synos_nl *nl, uint64_t from)
{
	struct synos_nl_msg msg;

	synos_nl_begin(&msg, nl->family, SYNOS_CMD_EVENT_GET, NLM_F_DUMP);
	if (from)
		synos_nl_put_u64(&msg, SYNOS_A_EVENT_SEQ, from);
	return synos_nl_send(nl, &msg);
}

/* 1 and an event, or 0 if there are no more. */
static inline int synos_nl_dump_next(struct synos_nl *nl,
				     struct synos_nl_event *event)
{
	struct synos_nl_msg *msg;
	int ret;

	msg = synos_nl_take(nl, nl->seq, 0, SYNOS_NL_PATIENCE);
	if (!msg)
		return -1;
	if (msg->nlh.nlmsg_type == NLMSG_ERROR ||
	    msg->nlh.nlmsg_type == NLMSG_DONE) {
		ret = synos_nl_result(nl, msg);
	} else {
		synos_nl_parse_event(msg, event);
		ret = 1;
	}
	free(msg);
	return ret;
}

#endif /* SYNOS_NETLINK_H */
