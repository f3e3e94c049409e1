/*
 * The notifier of sipagent, as far as it has to be in C: requests within the dialogs of
 * subscriptions (RFC 6665), of which PJSIP knows nothing. What is told to whom, and when, stands in
 * sipagent/sip/notifier.py. Everything here runs in the thread that polls PJSIP.
 *
 * Header fields are lines, each as "Name: value" and a line feed, with a NUL behind the last.
 *
 * Licence: GPL-2.0-or-later, as pjproject itself.
 */
#ifndef __PJSIP_NOTIFIER_H__
#define __PJSIP_NOTIFIER_H__

#include <pjsip/sip_types.h>

PJ_BEGIN_DECL

/** Called by PJSIP when it starts. */
void pjsip_notifier_init(pjsip_endpoint *endpt);

/* Called by the program. */

/**
 * Write the fields that the requests of a dialog have in common, as its far end has begun it: From
 * with our tag, To, Call-ID and Route (RFC 3261, sections 12.1.1 and 12.2.1.1).
 *
 * Returns the bytes that were written, or -1 where the message is not well-formed.
 */
int pjsip_notifier_dialog(const char *request, int size, const char *tag, char *fields, int room);

/** Is told with which code a request was answered, also where nobody has (408, 503). */
typedef void pjsip_notifier_told(unsigned number, int code);

/** Tell the program from now on; NULL: tell nobody. */
void pjsip_notifier_use(pjsip_notifier_told *told);

/**
 * Send a NOTIFY, or another request that begins no dialog.
 *
 * @param number    what the program knows it by.
 * @param method    such as "NOTIFY".
 * @param target    the request URI.
 * @param cseq      the number of CSeq.
 * @param fields    those of the dialog, and others.
 * @param type      of the content, such as "application/dialog-info+xml".
 * @param body      the content.
 *
 * Returns 0, or else nobody is told anything of it.
 */
int pjsip_notifier_send(unsigned number, const char *method, const char *target, int cseq,
                        const char *fields, const char *type, const char *body);

PJ_END_DECL

#endif
